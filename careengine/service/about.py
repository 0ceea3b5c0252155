"""What the service says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from careengine import __version__
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from careengine.service.keys import Caller


async def index(request: Request, _caller: Caller) -> Response:
    """Where things are."""
    addresses = {f"{route.method} {route.path}": route.summary for route in service_of(request).endpoints}
    return answer({"name": "careengine", "version": __version__, "addresses": addresses})


async def openapi(request: Request, _caller: Caller) -> Response:
    """The API description."""
    return Response(service_of(request).openapi, media_type="application/json")
