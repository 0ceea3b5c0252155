"""Timers: set, moved, taken once, tried again; what is due is found at once, however many are set."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from careengine.store import events, retention, tables, timers
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.store import Store

HOUR = timedelta(hours=1)


def put(store: Store, timer_id: str, at: datetime, tenant: str = "acme", **document: Any) -> None:
    with store.write() as transaction:
        number = events.add(transaction, event(f"e-{timer_id}-{at}", tenant))
        timers.put(transaction, tenant, timer_id, at, number, document)


def due(store: Store, now: datetime, tenant: str = "acme") -> timers.Timer | None:
    with store.write() as transaction:
        return timers.due(transaction, tenant, now)


def test_what_is_due_comes_in_order_and_leaves_once(store: Store) -> None:
    put(store, "b", NOW + HOUR, of="b")
    put(store, "a", NOW + 2 * HOUR)
    put(store, "other", NOW, "other")
    assert due(store, NOW) is None
    with store.read() as reader:
        assert timers.next_at(reader, "acme") == NOW + HOUR
        assert timers.next_at(reader, "nobody") is None
    first = due(store, NOW + 3 * HOUR)
    assert first == timers.Timer(id="b", due_at=NOW + HOUR, document={"of": "b"}, attempts=0)
    with store.write() as transaction:
        assert timers.take(transaction, "acme", first)
        assert not timers.take(transaction, "acme", first)
    second = due(store, NOW + 3 * HOUR)
    assert second is not None
    assert second.id == "a"


def test_a_timer_that_was_moved_is_not_taken_at_its_old_instant(store: Store) -> None:
    put(store, "a", NOW)
    before = due(store, NOW)
    assert before is not None
    put(store, "a", NOW + HOUR, new=True)
    with store.write() as transaction:
        assert not timers.take(transaction, "acme", before)
        timers.put_off(transaction, "acme", before, NOW + 9 * HOUR)
    assert due(store, NOW) is None
    moved = due(store, NOW + HOUR)
    assert moved is not None
    assert moved.document == {"new": True}


def test_one_that_is_cancelled_is_gone(store: Store) -> None:
    put(store, "a", NOW)
    with store.write() as transaction:
        assert not timers.cancel(transaction, "other", "a")
        assert timers.cancel(transaction, "acme", "a")
        assert not timers.cancel(transaction, "acme", "a")
    assert due(store, NOW) is None


def test_one_that_failed_waits_and_lets_the_next_one_go_first(store: Store) -> None:
    put(store, "a", NOW)
    put(store, "b", NOW + HOUR)
    first = due(store, NOW)
    assert first is not None
    with store.write() as transaction:
        timers.put_off(transaction, "acme", first, NOW + 2 * HOUR)
    with store.read() as reader:
        assert timers.next_at(reader, "acme") == NOW + HOUR
        assert timers.waiting(reader, "acme") == timers.Waiting(count=2, failed=1, oldest=NOW)
        assert timers.waiting(reader, "other") == timers.Waiting(count=0, failed=0, oldest=None)
    again = due(store, NOW + 3 * HOUR)
    assert again is not None
    assert again.id == "b"


def test_two_who_look_on_a_server_do_not_take_the_same(server_store: Store) -> None:
    put(server_store, "a", NOW)
    put(server_store, "b", NOW)
    with server_store.write() as one, server_store.write() as other:
        first, second = timers.due(one, "acme", NOW), timers.due(other, "acme", NOW)
        assert first is not None
        assert second is not None
        assert {first.id, second.id} == {"a", "b"}


def test_an_event_that_something_still_hangs_on_is_not_too_old(store: Store) -> None:
    put(store, "a", NOW + HOUR)
    put(store, "b", NOW + HOUR)
    with store.write() as transaction:
        timers.cancel(transaction, "acme", "b")
        assert len(retention.old_events(transaction, "acme", NOW + HOUR, 0).numbers) == 1


def test_what_is_due_is_found_in_less_than_a_millisecond_among_100_000(store: Store) -> None:
    with store.write() as transaction:
        number = events.add(transaction, event())
        rows = [
            {
                "tenant": "acme",
                "id": f"t-{n}",
                "due_at": NOW + timedelta(seconds=n),
                "try_at": NOW + timedelta(seconds=n),
                "attempts": 0,
                "event": number,
                "document": {},
            }
            for n in range(100_000)
        ]
        transaction.execute(insert(tables.timers), rows)
    with store.write() as transaction:
        found, took = [], []
        for n in range(50):
            started = time.perf_counter()
            found.append(timers.due(transaction, "acme", NOW + timedelta(seconds=n)))
            took.append(time.perf_counter() - started)
    assert all(one is not None and one.id == "t-0" for one in found)
    assert sorted(took)[25] < 0.001
