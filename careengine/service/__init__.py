"""The HTTP service: interactions and webhooks in, decisions out."""

from careengine.service.application import create
from careengine.service.server import serve

__all__ = ["create", "serve"]
