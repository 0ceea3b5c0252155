"""Connections: so many and no more, and whoever sends half a request, slowly or never, is not waited for."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING, Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from careengine.service.problems import busy
from careengine.telemetry import metrics

if TYPE_CHECKING:
    import asyncio

HEADER_SECONDS = 20.0  # from the connection, or a request's first byte, to the end of its headers
MOST = 10_000  # however many files may be open
_KEPT_FREE = 100  # files for everything but callers and the database
_SILENT_SECONDS = 60.0  # between two log lines about a crowd

log = structlog.get_logger("careengine.service")


def room_for(connections: int, database: int) -> int:
    """How many connections there may be: so many, or for 0 what the files that may be open leave room for.

    `database` is how many connections the database gets.
    """
    if connections:
        return connections
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST
    return min(max(files - _KEPT_FREE - database, files // 2), MOST)


class Crowd:
    """The connections of one worker, at most so many. Those on which nothing goes on stand in the order of coming."""

    def __init__(self, most: int) -> None:
        self._most, self._count, self._told_at = most, 0, float("-inf")
        self._idle: dict[Connection, None] = {}
        metrics.CONNECTIONS.set(0)

    def enter(self, one: Connection) -> bool:
        """Count one in, which waits for a request. False when there is no place: all the others are at work."""
        self._change(1)
        if self._count > self._most:
            self._tell()
            oldest = next(iter(self._idle), None)
            if oldest is None:
                return False
            self.works(oldest)
            oldest.transport.close()
        self.rests(one)
        return True

    def leave(self, one: Connection) -> None:
        """It is gone."""
        self.works(one)
        self._change(-1)

    def rests(self, one: Connection) -> None:
        """It waits for a request."""
        self._idle[one] = None

    def works(self, one: Connection) -> None:
        """It has one."""
        self._idle.pop(one, None)

    def _change(self, by: int) -> None:
        self._count += by
        metrics.CONNECTIONS.set(self._count)

    def _tell(self) -> None:
        if time.monotonic() - self._told_at >= _SILENT_SECONDS:
            self._told_at = time.monotonic()
            log.warning("connections are at their limit; idle ones are closed for new ones", most=self._most)


def _refusal() -> bytes:
    answer = busy().response()
    head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
    return b"HTTP/1.1 429 Too Many Requests\r\n" + head + b"connection: close\r\n\r\n" + bytes(answer.body)


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which by itself would wait for the end of a request's headers for ever.

    Bodies have a limit of their own, see `read_body`.
    """

    _late: asyncio.TimerHandle | None = None

    def __init__(self, crowd: Crowd, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._crowd = crowd

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()
        if not self._crowd.enter(self):
            transport.write(_refusal())
            transport.close()

    def data_received(self, data: bytes) -> None:
        """From the first byte of a request on, the rest is waited for; between requests uvicorn has its own limit."""
        super().data_received(data)
        if self._late is None and self._is_idle() and not self.transport.is_closing():
            self._wait()

    def on_headers_complete(self) -> None:
        """A request is here."""
        self._stop_waiting()
        self._crowd.works(self)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """It is answered."""
        if not self.pipeline and not self.transport.is_closing():
            self._crowd.rests(self)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        self._crowd.leave(self)
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _is_idle(self) -> bool:
        return bool(getattr(self.cycle, "response_complete", True))  # before the first request there is no cycle

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
