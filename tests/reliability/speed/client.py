"""Callers that send one interaction after the other, each on a connection of its own."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = b"POST /v1/interactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_OK, _LENGTH = b"HTTP/1.1 200 ", b"content-length: "


@dataclass(slots=True)
class Load:
    """What came of a load: seconds of each answer, seconds in all, the answers other than 200."""

    taken: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.taken) / self.seconds

    def milliseconds(self, percent: int) -> float:
        """The time within which so many in a hundred were answered."""
        return statistics.quantiles(self.taken, n=100)[percent - 1] * 1000


class _Caller(asyncio.Protocol):
    """Sends, waits for the whole answer, notes how long it took, sends the next, as long as there are bodies."""

    def __init__(self, load: Load, bodies: Iterator[bytes]) -> None:
        self.load, self.bodies = load, bodies
        self.ended = asyncio.get_running_loop().create_future()
        self.answer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as for every stream
        self.transport = transport
        self._send()

    def _send(self) -> None:
        body = next(self.bodies, None)
        if body is None:
            self.transport.close()
            return
        self.start = time.perf_counter()
        self.transport.write(_HEAD % (len(body), body))

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0]):
            return
        self.load.taken.append(time.perf_counter() - self.start)
        if not self.answer.startswith(_OK):
            self.load.refused.append(self.answer[:200])
        self.answer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  as every protocol has it
        if not self.ended.done():
            self.ended.set_result(None)


def send(port: int, connections: int, bodies: Iterator[bytes], *, seconds: float = 600, most: int = 10**9) -> Load:
    """Send from so many connections at once for so many seconds, at most so many interactions."""
    return uvloop.run(_send(port, connections, _until(time.perf_counter() + seconds, most, bodies), seconds))


async def _send(port: int, connections: int, bodies: Iterator[bytes], seconds: float) -> Load:
    load, loop, start = Load(), asyncio.get_running_loop(), time.perf_counter()
    made = [await loop.create_connection(lambda: _Caller(load, bodies), "127.0.0.1", port) for _ in range(connections)]
    async with asyncio.timeout(seconds + 60):  # an answer that never comes must not be waited for
        for _, caller in made:
            await caller.ended
    load.seconds = time.perf_counter() - start
    return load


def _until(end: float, most: int, bodies: Iterator[bytes]) -> Iterator[bytes]:
    for _, body in zip(range(most), bodies, strict=False):
        if time.perf_counter() > end:
            return
        yield body
