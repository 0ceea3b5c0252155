"""Whatever fails, and wherever: what was acknowledged is there, what was refused is not, nobody is left waiting."""

from __future__ import annotations

import sqlite3
from collections import deque
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import event as hook
from sqlalchemy import select

from careengine.errors import StoreError
from careengine.model.history import Entry
from careengine.store import Store, events, history, tables
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What SQLite reports, and whether it undoes the whole transaction by itself then.
FAULTS = {
    "SQLITE_BUSY": False,
    "SQLITE_FULL": True,
    "SQLITE_IOERR_WRITE": True,
    "SQLITE_IOERR_FSYNC": True,
    "SQLITE_CONSTRAINT": False,
    "SQLITE_NOMEM": True,
}


class _Broken(sqlite3.OperationalError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.sqlite_errorname = name


@dataclass(slots=True)
class Faults:
    """Lets statements through until the next planned fault; each entry is how many pass before it, and which."""

    planned: deque[tuple[int, str]] = field(default_factory=deque)
    armed: bool = False

    def check(self, raw: sqlite3.Connection) -> None:
        if not (self.armed and self.planned):
            return
        passing, name = self.planned.popleft()
        if passing:
            self.planned.appendleft((passing - 1, name))
            return
        if FAULTS[name] and raw.in_transaction:
            sqlite3.Connection.rollback(raw)
        raise _Broken(name)


class _Cursor(sqlite3.Cursor):
    def execute(self, *args: Any) -> Any:
        self.connection.faults.check(self.connection)  # type: ignore[attr-defined]
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        self.connection.faults.check(self.connection)  # type: ignore[attr-defined]
        return super().executemany(*args)


class _Connection(sqlite3.Connection):
    faults: Faults

    def cursor(self, *_: Any) -> Any:
        return super().cursor(_Cursor)

    def execute(self, *args: Any) -> Any:
        return self.cursor().execute(*args)

    def commit(self) -> None:
        self.faults.check(self)
        super().commit()


def faulty(store: Store, faults: Faults) -> None:
    """Make every connection of the store from now on one that fails as planned."""

    @hook.listens_for(store.engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, given: Any) -> Any:
        made = sqlite3.connect(*args, factory=_Connection, **given)
        made.faults = faults
        return made

    store.engine.dispose()


def _keep(transaction: Connection, *, name: str, ends: str) -> list[str] | None:
    """An event with an entry of history; gives what it saw of its customer's history, None when it is known."""
    known = history.entries(transaction, "acme", "C-1", NOW, {"interactions": None})
    if events.known(transaction, "acme", "demo", name):
        return None
    number = events.add(transaction, event(name))
    history.add(transaction, "acme", "C-1", number, [Entry(at=NOW, kind="interactions", ref=name)])
    if ends == "raises":
        raise KeyError(name)
    if ends == "breaks a rule":
        events.add(transaction, event(name))
    return [entry.ref for entry in known]


ENDS = st.sampled_from(["well", "well", "well", "raises", "breaks a rule"])
PLAN = st.lists(st.tuples(st.integers(0, 25), st.sampled_from(sorted(FAULTS))), max_size=4)


@settings(deadline=None, max_examples=25, stateful_step_count=6)
class GroupWriter(RuleBasedStateMachine):
    """Groups of work on a store that fails anywhere, held to a plain list of what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = Store.open(f"sqlite:///{Path(self.folder.name) / 'care.db'}")
        self.faults = Faults()
        faulty(self.store, self.faults)
        self.acknowledged: set[str] = set()
        self.seen: dict[str, list[str]] = {}
        self.number = 0

    @rule(work=st.lists(st.tuples(ENDS, st.booleans()), min_size=1, max_size=8), plan=PLAN, in_block=st.booleans())
    def group(self, work: list[tuple[str, bool]], plan: list[tuple[int, str]], in_block: bool) -> None:  # noqa: FBT001
        """Submit works, some of them twice, as one group, and let what is planned go wrong."""
        entered, leave = Event(), Event()

        def hold(_: Connection) -> None:
            entered.set()
            leave.wait(10)

        first = self.store.submit(hold)
        assert entered.wait(10)
        asked: list[tuple[str, Future[list[str] | None]]] = []
        for ends, twice in work:
            self.number += 1
            name = f"e-{self.number}"
            keep = partial(_keep, name=name, ends=ends)
            asked += [(name, self.store.submit(keep)) for _ in range(1 + twice)]
        self.faults.planned, self.faults.armed = deque(plan), True
        leave.set()
        if in_block:
            self._block()
        assert not wait([end for _, end in asked], timeout=20).not_done
        assert not wait([first], timeout=20).not_done
        self.faults.armed = False
        self._note(asked)

    def _block(self) -> None:
        self.number += 1
        name = f"e-{self.number}"
        with suppress(StoreError):
            with self.store.write() as transaction:
                seen = _keep(transaction, name=name, ends="well")
            self._acknowledge(name, seen)

    def _note(self, asked: list[tuple[str, Future[list[str] | None]]]) -> None:
        for name, end in asked:
            error = end.exception()
            assert error is None or isinstance(error, (StoreError, KeyError)), error
            if error is None:
                self._acknowledge(name, end.result())

    def _acknowledge(self, name: str, seen: list[str] | None) -> None:
        self.acknowledged.add(name)
        if seen is not None:
            assert self.seen.setdefault(name, seen) is seen, "kept twice"

    @invariant()
    def what_was_acknowledged_is_kept_once_and_nothing_else(self) -> None:
        with self.store.read() as reader:
            kept = list(reader.scalars(select(tables.events.c.id).order_by(tables.events.c.seq)))
            entries = list(reader.scalars(select(tables.history.c.ref)))
        assert sorted(kept) == sorted(entries) == sorted(self.acknowledged)
        # Each saw all that was kept before it, in the groups before and in its own, and nothing that was undone.
        assert self.seen == {name: kept[:place] for place, name in enumerate(kept)}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestGroupWriter = GroupWriter.TestCase
