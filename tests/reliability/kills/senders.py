"""Systems that report interactions, and repeat each until it is acknowledged. What was, stands in their ledger.

Half of what happens in each account is told by a system of our own, and half by a webhook of the CRM.
"""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.reliability.kills.house import ACCOUNTS, SECRET
from tests.reliability.kills.plugin import SIGNATURE, TYPES, signature

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


def is_webhook(number: int) -> bool:
    """Whether the event of that number comes as a webhook."""
    return number // len(ACCOUNTS) % 2 == 1


def letter(number: int) -> tuple[str, bytes, dict[str, str]]:
    """The address, the body and the headers of an event; the same at every try."""
    told, headers = event(number), {"Content-Type": "application/json"}
    if not is_webhook(number):
        return "/v1/interactions", json.dumps(told).encode(), headers
    body = json.dumps({"delivery": f"d-{number}", "event": told}).encode()
    return f"/webhooks/{told['source']}", body, {**headers, SIGNATURE: signature(SECRET, body)}


def promised(number: int, answer: bytes) -> list[tuple[str, str]]:
    """The actions, as case and type, that the answer to an event means; a kept webhook leads to all there are."""
    types = sorted(TYPES) if is_webhook(number) else [one["type"] for one in json.loads(answer)["actions"]]
    return [(f"T-{number}", kind) for kind in types]


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
        while True:
            status, told = _ask(connection, *letter(number))
            with self._alone:
                self.answers[status] = self.answers.get(status, 0) + 1
                if status == http.client.OK:
                    self.acknowledged[number] = promised(number, told)
                    return
            Event().wait(PAUSE)


def _ask(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, b""
