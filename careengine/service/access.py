"""The outermost layer: one structured log line a request, and a net under everything that nobody foresaw."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import ClientDisconnect

from careengine.errors import StoreError
from careengine.service.problems import HttpProblem, problem_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_HEADER_BYTES = 32 * 1024
_NOTES = "careengine.notes"
_ALWAYS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]

log = structlog.get_logger("careengine.access")


def note(request: Request, **facts: Any) -> None:
    """Add facts to the request's log line. Never a body, never a secret."""
    request.scope[_NOTES].update(facts)


class Access:
    """ASGI middleware: logs method, path template, status and milliseconds; turns every exception into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[_NOTES] = {}
        started, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_ALWAYS]
            await send(message)

        try:
            await self._serve(scope, receive, watched)
        except ClientDisconnect:
            status = 499  # what access logs have come to call a caller who left
        except Exception as error:  # noqa: BLE001  the net under everything; nothing may reach the caller as it is
            problem = problem_for(error)
            if not status:
                await problem.response()(scope, receive, watched)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        seen = {"method": scope["method"], "path": _template(scope), "status": status, "ms": milliseconds}
        log.info("request", client=_client(scope), **seen, **scope[_NOTES])

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            detail = f"send at most {MAX_HEADER_BYTES} bytes of headers"
            raise HttpProblem("headers-too-large", detail, headers={"Connection": "close"})
        await self.app(scope, receive, send)


def _client(scope: Scope) -> str:
    """The address that calls: the connection's, or what a trusted proxy says (`service.trusted_proxies`)."""
    return str((scope.get("client") or ("-",))[0])[:64]


def _template(scope: Scope) -> str:
    """The route's path with its parameters' names: the address itself may name a person."""
    return getattr(scope.get("route"), "path", "-")


def problem_for(error: Exception) -> HttpProblem:
    """What to tell the caller of an error; of what nobody foresaw only an id, under which the log says more."""
    problem = problem_of(error)
    if problem is None:
        incident = secrets.token_hex(8)
        log.error("request failed", incident=incident, exc_info=error)
        return HttpProblem("internal", f"the log says more under `{incident}`", id=incident)
    if isinstance(error, StoreError):
        log.error("request refused", because=str(error))
    return problem
