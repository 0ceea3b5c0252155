"""A program to be killed: reads events, decides, delivers, and says `kept <id>` when one is acknowledged.

Run as `python -m tests.delivery.stream URL FOLDER`, with the address of its database. For every line on its input, the
number of the first event, it forks a child that works until it is killed, and says `child <pid>`; the line `end` ends
it. So nothing is imported twice.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from careengine.model.adapter import Receipt
from careengine.store import Store
from tests.delivery.crm import Clock, delivery
from tests.pipeline.house import late, pipeline

if TYPE_CHECKING:
    from careengine.delivery import Delivery
    from careengine.model.decision import Action
    from careengine.pipeline import Pipeline


class FileCrm:
    """A CRM whose notes are lines in a file: it reads before it writes, and survives its writer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def apply(self, action: Action, key: str) -> Receipt:  # noqa: ARG002
        if key in self.notes():
            return Receipt(outcome="unchanged")
        with self._path.open("a") as file:
            file.write(f"{key}\n")
        return Receipt(outcome="changed")

    def notes(self) -> list[str]:
        return self._path.read_text().split("\n")[:-1] if self._path.exists() else []


def event(number: int) -> dict[str, Any]:
    """The event of a number; every one has a note to be delivered, on one of three cases."""
    return late(f"e-{number}", customer={"id": f"C-{number}"}, case={"id": f"T-{number % 3}"})


def work(store: Store, folder: Path) -> tuple[Pipeline, Delivery]:
    """What a service is made of."""
    made = delivery(store, {"demo": FileCrm(folder / "notes")}, clock=Clock())
    return pipeline(store, deliverable=["note"]), made


def _child(url: str, folder: Path, first: int) -> None:
    with closing(Store.open(url)) as store:
        line, outgoing = work(store, folder)
        outgoing.start()
        for number in count(first):
            line.handle(event(number), "acme")
            os.write(1, f"kept {number}\n".encode())
            outgoing.wake()


def _main(url: str, folder: Path) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the output is for the parent
    for asked in iter(sys.stdin.readline, "end\n"):
        pid = os.fork()
        if pid == 0:
            try:
                _child(url, folder, int(asked))
            finally:
                os._exit(1)
        os.write(1, f"child {pid}\n".encode())
        os.waitpid(pid, 0)
        os.write(1, b"gone\n")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
