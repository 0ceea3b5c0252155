"""What every endpoint works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from careengine.app import App
    from careengine.service.door import Door
    from careengine.service.health import Looks
    from careengine.service.keys import Keys
    from careengine.service.routes import Endpoint
    from careengine.service.workers import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The running service: the composed application, what is let in, the threads that call it, its description.

    `probes` is for those who watch over the service, `checks` for the keys of callers: they do not queue behind
    requests.
    """

    app: App
    door: Door
    workers: Workers
    checks: Workers
    probes: Workers
    looks: Looks
    keys: Keys
    endpoints: Sequence[Endpoint]
    openapi: bytes


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    return request.app.state.service  # type: ignore[no-any-return]  # Starlette's state is untyped


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), status, headers=headers, media_type="application/json")
