"""Connections on which nothing comes to an end: whoever sends half a request, slowly or never, is not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEADER_SECONDS = 20.0  # from the connection, or the answer before, to the end of a request's headers


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which by itself would wait for the end of a request's headers for ever.

    Bodies have a limit of their own, see `read_body`.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def on_headers_complete(self) -> None:
        """A request is here."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        answered = getattr(self.cycle, "response_complete", True)  # before the first request there is no cycle
        if answered:  # else the next request came before the answer
            self._late = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
