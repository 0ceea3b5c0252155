"""Connections on which nothing comes to an end: whoever sends half a request, slowly or never, is not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEADER_SECONDS = 20.0  # from the connection, or a request's first byte, to the end of its headers


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which by itself would wait for the end of a request's headers for ever.

    Bodies have a limit of their own, see `read_body`.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """From the first byte of a request on, the rest is waited for; between requests uvicorn has its own limit."""
        super().data_received(data)
        if self._late is None and self._is_idle() and not self.transport.is_closing():
            self._wait()

    def on_headers_complete(self) -> None:
        """A request is here."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _is_idle(self) -> bool:
        return bool(getattr(self.cycle, "response_complete", True))  # before the first request there is no cycle

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
