"""A CRM that keeps a ledger of every write and, one request in five, does not behave."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

FAULTS = ("late", "late after", "slow", "500", "500 after", "429", "cut", "cut after", "reset", "reset after")
LATE_SECONDS = 0.4  # longer than the adapter waits
SLOW_SECONDS = (
    0.5  # after this it has taken what it was sent; longer than the adapter waits, and shorter than it settles
)


class LedgerCrm:
    """`GET /<account>/<case>` gives the writes of a case, `POST` to it adds one, as `{"key": …, "type": …}`.

    It never refuses a second write of one key: whether something is done twice is for its callers to see to. `ledger`
    counts the writes by case and type; `share` of the requests meet a fault, after the write where its name says so.

    A slow write is carried out `SLOW_SECONDS` after it was sent, when its sender has long gone; who reads before that,
    does not find it. The time is the one that the senders write on their requests, by the clock of the machine, so that
    a read that was sent later than that finds the write for certain, however busy the machine is: a CRM that keeps
    requests for longer than anybody can wait would make promises impossible, not hard.
    """

    def __init__(self, share: float = 0.2, seed: int = 4) -> None:
        self.url = ""
        self.share = share
        self.ledger: Counter[tuple[str, str]] = Counter()
        self.faults: Counter[str] = Counter()
        self._writes: dict[str, list[tuple[float, dict[str, str]]]] = {}
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._listening = Event()
        self._thread = Thread(target=self._run, name="ledger")

    def _run(self) -> None:
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Caller(self), "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._listening.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(asyncio.sleep(0))  # connections that were cut are let go
        self._loop.close()

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def meet(self) -> str:
        """The fault that the next request meets; empty: none."""
        fault = self._chance.choice(FAULTS) if self._chance.random() < self.share else ""
        self.faults[fault] += 1
        return fault

    def do(self, method: str, case: str, body: bytes, sent: float, *, slow: bool = False) -> bytes:
        """Carry out a request that was sent at an instant, and give its answer."""
        writes = self._writes.setdefault(case, [])
        if method == "POST":
            write = json.loads(body)
            writes.append((sent + SLOW_SECONDS * slow, write))
            self.ledger[case, write["type"]] += 1
        return json.dumps([write for done, write in writes if done <= sent]).encode()


class _Caller(asyncio.Protocol):
    """One connection, for as many requests as come on it."""

    def __init__(self, crm: LedgerCrm) -> None:
        self._crm, self._waiting = crm, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        head, complete, body = self._waiting.partition(b"\r\n\r\n")
        if complete and len(body) >= int(_header(head, b"content-length") or 0):
            self._waiting = b""
            method, path, _ = head.split(b" ", 2)
            self._serve(method.decode(), path.decode().rpartition("/")[2], body, float(_header(head, b"sent")))

    def _serve(self, method: str, case: str, body: bytes, sent: float) -> None:
        fault, told = self._crm.meet(), b""
        if not fault or "after" in fault or fault == "slow":
            told = self._crm.do(method, case, body, sent, slow=fault == "slow")
        match fault.removesuffix(" after"):
            case "cut":
                self._transport.close()
            case "reset":
                self._transport.abort()
            case "500":
                self._answer(b"500 Oh", b"")
            case "429":
                self._answer(b"429 Slower", b"", b"Retry-After: 0.02\r\n")
            case "late" | "slow":
                asyncio.get_running_loop().call_later(LATE_SECONDS, self._transport.close)
            case _:
                self._answer(b"200 OK", told)

    def _answer(self, status: bytes, body: bytes, more: bytes = b"") -> None:
        self._transport.write(b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, more, len(body), body))


def _header(head: bytes, name: bytes) -> bytes:
    return head.lower().partition(b"\r\n%s:" % name)[2].split(b"\r\n")[0]
