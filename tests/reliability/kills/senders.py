"""Systems that report interactions, and repeat each until it is acknowledged. What was, stands in their ledger."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.reliability.kills.house import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 5.0
PAUSE = 0.02  # between two tries, while nobody answers


def event(number: int) -> dict[str, Any]:
    """The interaction of a number, on a case of its own."""
    return {
        "id": f"e-{number}",
        "source": ACCOUNTS[number % len(ACCOUNTS)],
        "type": "interaction.received",
        "occurred_at": "2026-03-02T09:30:00Z",
        "direction": "inbound",
        "customer": {"id": f"C-{number % 997}"},
        "case": {"id": f"T-{number}"},
        "failure": {"type": "late_delivery", "days_late": 4},
    }


@dataclass(slots=True)
class Senders:
    """`threads` of them share the numbers. `most` events are sent, each with `pace` seconds after the one before."""

    url: str
    threads: int = 4
    most: int = 1_000_000
    pace: float = 0.0
    first: int = 0  # the number of the first event
    acknowledged: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)  # by HTTP status; 0: none
    _numbers: Iterator[int] = field(init=False)
    _stop: Event = field(default_factory=Event)
    _alone: Lock = field(default_factory=Lock)
    _at_work: list[Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(self.first)

    def start(self) -> None:
        """Begin to send."""
        self._at_work = [Thread(target=self._work) for _ in range(self.threads)]
        for thread in self._at_work:
            thread.start()

    def complete(self) -> None:
        """Wait until all that are to be sent are acknowledged."""
        for thread in self._at_work:
            thread.join()

    def finish(self, timeout: float | None = None) -> bool:
        """Begin nothing new, and wait until what was begun is acknowledged."""
        self._stop.set()
        for thread in self._at_work:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._at_work)

    def _work(self) -> None:
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS)) as connection:
            while not self._stop.wait(self.pace):
                with self._alone:
                    number = next(self._numbers)
                if number >= self.first + self.most:
                    return
                self._send(connection, number)

    def _send(self, connection: http.client.HTTPConnection, number: int) -> None:
        body, headers = json.dumps(event(number)), {"Content-Type": "application/json"}
        while True:
            status, told = _ask(connection, body, headers)
            with self._alone:
                self.answers[status] = self.answers.get(status, 0) + 1
                if status == http.client.OK:
                    done = json.loads(told)["actions"]
                    self.acknowledged[number] = [(f"T-{number}", one["type"]) for one in done]
                    return
            Event().wait(PAUSE)


def _ask(connection: http.client.HTTPConnection, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        connection.request("POST", "/v1/interactions", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, b""
