"""Work that shares a commit: each fails by itself, all are answered after the commit, and nobody waits for ever."""

from __future__ import annotations

import sqlite3
from concurrent.futures import CancelledError, Future
from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as hook
from sqlalchemy import func, select

from careengine.errors import Overloaded, StoreError
from careengine.store import Store, events, tables, writer
from tests.store.shelf import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def store(file_store: Store) -> Store:
    """One on a file: a server has its own way of sharing commits."""
    return file_store


def _kept(store: Store) -> list[str]:
    with store.read() as reader:
        return list(reader.scalars(select(tables.events.c.id).order_by(tables.events.c.seq)))


def _add(name: str) -> Callable[[Connection], int]:
    return lambda transaction: events.add(transaction, event(name))


def _commits(store: Store) -> list[object]:
    seen: list[object] = []
    hook.listen(store.engine, "commit", seen.append)
    return seen


class _Held:
    """Keeps the writer busy with one work, so that what is submitted meanwhile shares the next commit."""

    def __init__(self, store: Store) -> None:
        self.store, self.inside, self.leave = store, Event(), Event()

    def __enter__(self) -> None:
        self.end = self.store.submit(self._wait)
        assert self.inside.wait(10)

    def _wait(self, _: Connection) -> None:
        self.inside.set()
        assert self.leave.wait(10)

    def __exit__(self, *_: object) -> None:
        self.leave.set()
        self.end.result(10)


def test_what_waits_shares_one_commit_in_the_order_of_coming(store: Store) -> None:
    commits = _commits(store)
    with _Held(store):
        ends = [store.submit(_add(f"e-{number}")) for number in range(50)]
    assert [end.result(10) for end in ends] == list(range(1, 51))
    assert _kept(store) == [f"e-{number}" for number in range(50)]
    assert len(commits) == 1


def test_more_than_fit_into_one_commit_take_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MOST_SHARING", 10)
    commits = _commits(store)
    with _Held(store):
        ends = [store.submit(_add(f"e-{number}")) for number in range(25)]
    assert [end.result(10) for end in ends] == list(range(1, 26))
    assert len(commits) == 3


def test_a_commit_does_not_wait_for_ever_for_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_SECONDS_SHARING", 0)
    commits = _commits(store)
    with _Held(store):
        ends = [store.submit(_add(f"e-{number}")) for number in range(3)]
    assert [end.result(10) for end in ends] == [1, 2, 3]
    assert len(commits) == 4


def test_nobody_is_answered_before_the_commit(store: Store) -> None:
    ended_before: list[bool] = []
    ends: list[Future[int]] = []
    hook.listen(store.engine, "commit", lambda _: ended_before.extend(end.done() for end in ends))
    with _Held(store):
        ends += [store.submit(_add(f"e-{number}")) for number in range(3)]
    for end in ends:
        end.result(10)
    assert ended_before == [False] * 3


def _refuses(transaction: Connection) -> None:
    events.add(transaction, event("bad"))
    events.add(transaction, event("bad"))


def _raises(transaction: Connection) -> None:
    events.add(transaction, event("bad"))
    raise KeyError("bad")


def _exits(transaction: Connection) -> None:
    events.add(transaction, event("bad"))
    raise SystemExit


@pytest.mark.parametrize(
    ("bad", "error"), [(_refuses, StoreError), (_raises, KeyError), (_exits, SystemExit)], ids=lambda one: one.__name__
)
def test_one_that_fails_undoes_itself_and_nothing_else(
    store: Store, bad: Callable[[Connection], None], error: type[BaseException]
) -> None:
    with _Held(store):
        ends: list[Future[Any]] = [store.submit(work) for work in (_add("e-1"), bad, _add("e-2"))]
    with pytest.raises(error):
        ends[1].result(10)
    assert [ends[0].result(10), ends[2].result(10)] == [1, 2]
    assert _kept(store) == ["e-1", "e-2"]


def test_later_work_of_a_group_sees_what_earlier_work_did(store: Store) -> None:
    with _Held(store):
        store.submit(_add("e-1"))
        seen = store.submit(lambda tx: events.known(tx, "acme", "demo", "e-1"))
    assert seen.result(10)


def test_a_commit_that_fails_fails_all_that_shared_it(store: Store) -> None:
    def fail(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    hook.listen(store.engine, "commit", fail)
    with pytest.raises(StoreError), _Held(store):
        ends = [store.submit(_add(f"e-{number}")) for number in range(3)]
    for end in ends:
        with pytest.raises(StoreError):
            end.result(10)
    hook.remove(store.engine, "commit", fail)
    assert _kept(store) == []
    assert store.submit(_add("e-4")).result(10) == 1


@pytest.mark.parametrize("hidden", [False, True])
def test_where_the_database_undoes_all_by_itself_all_are_told(store: Store, hidden: bool) -> None:  # noqa: FBT001
    def full(transaction: Connection) -> None:
        events.add(transaction, event("bad"))
        raw: Any = transaction.connection.dbapi_connection
        raw.rollback()  # as SQLite does when a disk is full or fails
        if not hidden:
            raise sqlite3.OperationalError("disk I/O error")

    held = _Held(store)
    held.__enter__()
    ends = [store.submit(work) for work in (_add("e-1"), full)]
    later = store.submit(_add("e-2"))
    with pytest.raises(StoreError, match="undid it"):
        held.__exit__()
    with pytest.raises(StoreError, match="undid it"):
        ends[0].result(10)
    with pytest.raises(StoreError, match="undid it" if hidden else "could not be used"):
        ends[1].result(10)
    assert later.result(10)  # it had not begun, and takes the next transaction
    assert _kept(store) == ["e-2"]


def test_where_no_transaction_can_begin_all_that_wait_are_told(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(Store.open(f"sqlite:///{path}", busy_timeout=0.05)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            ends = [store.submit(_add(f"e-{number}")) for number in range(100)]
            for end in ends:  # in turn they would take five seconds
                with pytest.raises(StoreError, match="another program holds the database"):
                    end.result(1)
            other.execute("ROLLBACK")
        assert store.submit(_add("e-9")).result(10)


def test_whoever_stops_waiting_before_its_turn_costs_nothing(store: Store) -> None:
    with _Held(store):
        gone, stays = store.submit(_add("e-1")), store.submit(_add("e-2"))
        assert gone.cancel()
    stays.result(10)
    with pytest.raises(CancelledError):
        gone.result()
    assert _kept(store) == ["e-2"]


def test_the_queue_has_an_end_for_those_who_do_not_wait_in_a_thread(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 5)
    with _Held(store):
        ends = [store.submit(_add(f"e-{number}")) for number in range(5)]
        with pytest.raises(Overloaded, match="too much waits for the database"):
            store.submit(_add("e-5"))
        block = Thread(target=_block, args=(store, "e-6"))  # there are only so many threads, so each has its place
        block.start()
    block.join(10)
    assert [end.exception(10) for end in ends] == [None] * 5
    assert _kept(store) == [f"e-{number}" for number in (0, 1, 2, 3, 4, 6)]


def _block(store: Store, name: str) -> None:
    with store.write() as transaction:
        events.add(transaction, event(name))


def test_what_waits_is_kept_before_it_is_closed_and_nothing_after(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    store = Store.open(f"sqlite:///{path}")
    held = _Held(store)
    with held:
        ends = [store.submit(_add(f"e-{number}")) for number in range(300)]
        closing_it = Thread(target=store.close)
        closing_it.start()
    closing_it.join(10)
    assert not closing_it.is_alive()
    assert all(end.result(10) for end in ends)
    with pytest.raises(StoreError, match="is closed"):
        store.submit(_add("late"))
    with closing(Store.open(f"sqlite:///{path}")) as again, again.read() as reader:
        assert reader.scalar(select(func.count()).select_from(tables.events)) == 300


def test_a_block_that_gives_up_waiting_does_not_hold_up_the_writer(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path / 'care.db'}", busy_timeout=0.05)) as store:
        with _Held(store), pytest.raises(StoreError, match="another program holds the database"), store.write():
            raise AssertionError("its turn cannot have come")
        assert store.submit(_add("e-1")).result(10) == 1


def test_a_block_hears_of_a_commit_that_fails(store: Store) -> None:
    def fail(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    hook.listen(store.engine, "commit", fail)
    with pytest.raises(StoreError):
        _block(store, "e-1")
    hook.remove(store.engine, "commit", fail)
    _block(store, "e-2")
    assert _kept(store) == ["e-2"]


def test_several_find_room_together_or_not_at_all(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 3)
    with pytest.raises(Overloaded):
        file_store.submit_all([lambda _: None] * 4)
    assert [end.result(10) for end in file_store.submit_all([lambda _: 7] * 3)] == [7] * 3
