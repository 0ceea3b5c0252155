"""Every address of the service, by what it is about."""

from __future__ import annotations

from careengine.service.routes import house, incoming, kept, people
from careengine.service.routes.endpoint import Endpoint

__all__ = ["ENDPOINTS", "Endpoint"]

ENDPOINTS = (*incoming.ENDPOINTS, *kept.ENDPOINTS, *people.ENDPOINTS, *house.ENDPOINTS)
