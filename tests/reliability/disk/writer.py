"""A program to record: `python -m tests.reliability.disk.writer FOLDER EVENTS [normal]` keeps so many events.

They go the whole way through the pipeline, from four threads, and each is marked in the disk's log once it is
acknowledged. `normal` stands for the mistake of somebody who sets `synchronous=NORMAL` to be quicker.
"""

from __future__ import annotations

import ctypes
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from careengine.store import Store
from tests.pipeline.house import late, pipeline

THREADS = 4
FORGET_EVERY = 60  # events; it empties the log of the database, as the delivery does
TRIES = 1000  # the other threads write meanwhile, and only between two of their commits can it be emptied


def _lax(statement: str) -> str:
    return statement.replace("synchronous=FULL", "synchronous=NORMAL")


class _LaxCursor(sqlite3.Cursor):
    def execute(self, sql: str, *args: Any) -> _LaxCursor:
        super().execute(_lax(sql), *args)
        return self


class _LaxConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(_LaxCursor)

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        return super().execute(_lax(sql), *args)


def _relax() -> None:
    real = sqlite3.dbapi2.connect

    def connect(*args: Any, **more: Any) -> Any:
        return real(*args, **{**more, "factory": _LaxConnection})

    sqlite3.connect = sqlite3.dbapi2.connect = connect


def _main(folder: Path, count: int) -> None:
    mark = ctypes.CDLL(None).care_mark
    mark.argtypes = [ctypes.c_int64]
    with closing(Store.open(f"sqlite:///{folder / 'care.db'}")) as store:
        line = pipeline(store)

        def keep(number: int) -> None:
            line.handle(late(f"e-{number}", customer={"id": f"C-{number % 50}"}, case={"id": f"T-{number}"}), "acme")
            mark(number)
            if number % FORGET_EVERY == 0:
                any(store.forget() for _ in range(TRIES))

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(keep, range(count)))


if __name__ == "__main__":
    if "normal" in sys.argv:
        _relax()
    _main(Path(sys.argv[1]), int(sys.argv[2]))
