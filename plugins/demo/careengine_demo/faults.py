"""Faults on order: what a CRM does on a bad day, for tests of those who must live with it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing going wrong with the next request of a method.

    `status` answers with that status (and `retry_after`, as written) without doing anything. `drop` breaks the
    connection: `before` the work was done, or `after` it, so that the caller cannot know.
    """

    method: str = "POST"
    status: int = 0
    retry_after: str = ""
    drop: str = ""


class Faults:
    """A queue of faults in front of the helpdesk; each hits one request."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._lock = threading.Lock()

    def order(self, *faults: Fault) -> None:
        """Let these happen, in this order."""
        with self._lock:
            self._waiting.extend(faults)

    @property
    def open(self) -> int:
        """How many have not happened yet."""
        return len(self._waiting)

    def take(self, method: str) -> Fault | None:
        """The next fault, if it is meant for this method."""
        with self._lock:
            fits = self._waiting and self._waiting[0].method == method
            return self._waiting.popleft() if fits else None


class FaultMiddleware:
    """Makes ordered faults happen."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it."""
        fault = self._faults.take(scope["method"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.drop:
            await self._drop(fault, scope, receive, send)
        else:
            headers = {"retry-after": fault.retry_after} if fault.retry_after else {}
            await JSONResponse({"error": "out of order"}, fault.status, headers)(scope, receive, send)

    async def _drop(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        async def nowhere(message: Message) -> None:
            """The answer is lost."""

        if fault.drop == "after":
            await self._app(scope, receive, nowhere)
        # An answer that promises more than it brings makes the server close the connection under the caller.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
