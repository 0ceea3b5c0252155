"""A second program on one database. Run as `python -m tests.delivery.rival URL FOLDER WHAT`.

`claim` claims one action for each line it reads, and says which. `send` starts to deliver, says
`sending` when its first action is on its way, and never comes back from that call.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from careengine.store import Store, outbox
from tests.delivery.crm import Clock, delivery
from tests.delivery.stream import FileCrm

if TYPE_CHECKING:
    from careengine.model.adapter import Receipt
    from careengine.model.decision import Action


class Stuck(FileCrm):
    """Writes, and then does not come back."""

    def apply(self, action: Action, key: str) -> Receipt:
        super().apply(action, key)
        say("sending")
        Event().wait()
        raise AssertionError


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _claim(store: Store) -> None:
    say("ready")
    for _ in iter(sys.stdin.readline, ""):
        with store.write() as transaction:
            claimed = outbox.claim(transaction, "acme", "demo", Clock()())
        say(claimed.action.id if claimed is not None else "nothing")


def _send(store: Store, folder: Path) -> None:
    delivery(store, {"demo": Stuck(folder / "notes")}, clock=Clock()).start()
    sys.stdin.read()


if __name__ == "__main__":
    with closing(Store.open(sys.argv[1])) as opened:
        _claim(opened) if sys.argv[3] == "claim" else _send(opened, Path(sys.argv[2]))
