"""One method of one address: what it takes, who may call it, and how the API description tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from careengine.service.keys import ANYBODY
from careengine.service.problems import HttpProblem
from careengine.service.state import service_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from careengine.service.keys import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address. `scope` is what a key must allow, None when no key is asked for.

    `of` says what it is about where one function serves several addresses.
    """

    method: str
    path: str
    call: Callable[[Request, Caller], Awaitable[Response]]
    scope: str | None
    summary: str
    operation: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    @property
    def name(self) -> str:
        """The operation's id in the API description."""
        return f"{self.of or self.call.__module__.rsplit('.', 1)[-1]}_{self.call.__name__}"

    def route(self) -> Route:
        """The route, guarded by the API key it needs."""
        return Route(self.path, _Guarded(self), methods=[self.method], name=self.name)


@dataclass(frozen=True, slots=True)
class _Guarded:
    """An endpoint as an ASGI application: Starlette would wrap a function twice, in nets that `Access` is already."""

    endpoint: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, caller = Request(scope, receive, send), ANYBODY
        if self.endpoint.scope is not None:
            service = service_of(request)
            caller = await service.keys.admit(request, self.endpoint.scope)
            service.door.rates.take(caller.actor)
        if any("\0" in str(part) for part in request.path_params.values()):  # no database can be asked for it
            raise HttpProblem("not-found", "there is nothing of that name")
        response = await self.endpoint.call(request, caller)
        await response(scope, receive, send)
