"""The outermost layer: one structured log line a request, and a net under everything that nobody foresaw."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import ClientDisconnect

from careengine.errors import StoreError
from careengine.service.problems import HttpProblem, problem_of
from careengine.telemetry import metrics, spans

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from careengine.service.door import Door

MAX_HEADER_BYTES = 32 * 1024
_NOTES = "careengine.notes"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # others are a caller's invention
_LAST = (b"connection", b"close")
_ALWAYS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]

log = structlog.get_logger("careengine.access")


def note(request: Request, **facts: Any) -> None:
    """Add facts to the request's log line. Never a body, never a secret."""
    request.scope[_NOTES].update(facts)


class Access:
    """ASGI middleware: a place inside, a time limit, one log line, a figure and a span for each request.

    Every exception becomes a problem. The line has the path's template, the status and milliseconds.
    """

    def __init__(self, app: ASGIApp, door: Door, seconds: float) -> None:
        self.app, self._door, self._seconds = app, door, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[_NOTES] = {}
        started = time.perf_counter()
        with spans.span("request", _header(scope, b"traceparent")):
            status = await self._answer(scope, receive, send)
            _tell(scope, status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Serve within the limits; gives the status answered."""
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                last = [_LAST] if self._door.leaving else []
                message["headers"] = [*message.get("headers", []), *_ALWAYS, *last]
            await send(message)

        try:
            with self._door.inside(scope["path"]):
                await self._serve(scope, receive, watched)
        except ClientDisconnect:
            return 499  # what access logs have come to call a caller who left
        except Exception as error:  # noqa: BLE001  the net under everything; nothing may reach the caller as it is
            problem = problem_for(error)
            if not status:
                await problem.response()(scope, receive, watched)
        return status

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
            detail = f"send at most {MAX_HEADER_BYTES} bytes of headers"
            raise HttpProblem("headers-too-large", detail, headers={"Connection": "close"})
        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self.app(scope, receive, send)
        except TimeoutError:
            if not limit.expired():
                raise
            detail = f"it took more than {self._seconds:g} seconds; send it again, an event has one effect only"
            raise HttpProblem("too-slow", detail, headers={"Retry-After": "5"}) from None


def _tell(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route, notes = _template(scope), scope[_NOTES]
    metrics.answered(method, route, status, seconds)
    if spans.is_on():
        decision = {"decision": notes["decision"]} if "decision" in notes else {}
        spans.note(method=method, route=route, status=str(status), **decision)
    seen = {"method": scope["method"], "path": route, "status": status, "ms": round(seconds * 1000, 1)}
    log.info("request", client=_client(scope), **seen, **notes)


def _header(scope: Scope, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


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
