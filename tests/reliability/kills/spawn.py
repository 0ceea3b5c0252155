"""Forks `careengine serve` over and over, so that nothing is imported twice: `python -m tests.reliability.kills.spawn`.

A line of input names a folder and, if there is to be one, a bug. The fork puts the bug in and runs the program there
as its console script does. It says `child <pid>`, and `gone` when that has ended.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from importlib import import_module

from careengine.cli.main import VERBS, main
from careengine.store.postgres import PostgresStore
from careengine.store.presence import Presence
from tests.reliability.kills.bugs import BUGS

for _name in (
    "uvloop",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    *(verb.target.partition(":")[0] for verb in VERBS),
):
    import_module(_name)


def _short_turn(store: PostgresStore, _name: str) -> Presence:
    """Here nobody is only cut off: who is gone, is dead, and a run must not last as long as caution would."""
    return Presence(store.alone, store.place, timedelta(seconds=0.2))


def _serve(folder: str, *bugs: str) -> None:
    os.chdir(folder)
    sys.path.insert(1, f"{folder}/site")
    with open("stderr", "a") as err:  # noqa: PTH123  where it is
        os.dup2(err.fileno(), 2)
    PostgresStore.turn = _short_turn  # type: ignore[method-assign, assignment]
    for bug in bugs:
        BUGS[bug]()
    main(["serve"])


def _spawn() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _serve(*line.split())
            finally:
                os._exit(1)  # never back into this loop
        os.write(1, f"child {pid}\n".encode())
        os.waitpid(pid, 0)
        os.write(1, b"gone\n")


if __name__ == "__main__":
    _spawn()
