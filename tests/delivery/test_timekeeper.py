"""Timers fire once, to the second, late ones too: with several workers, after an end in the middle, after failures."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from careengine.delivery.timekeeper import Timekeeper
from careengine.delivery.worker import Worker
from careengine.errors import ErasedError, Overloaded, StoreError
from careengine.model.adapter import WebhookRequest
from careengine.model.due_event import due_event
from careengine.store import Store, events, inbox, people, tables, timers
from tests.delivery.crm import Clock
from tests.pipeline.house import contact, pipeline
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from careengine.pipeline import Pipeline

HOUR = timedelta(hours=1)


def put(store: Store, name: str, at: datetime = NOW, customer: str = "C-1") -> None:
    """A timer that comes of an event of a customer."""
    cause = contact(f"cause-{name}-{at}", customer={"id": customer, "email": "ada@example.com"})
    with store.write() as transaction:
        number = events.add(transaction, event(cause["id"], customer=customer, document=cause))
        document = due_event(cause, name, at, kind="test", policy="p", step=name, subject="case:T-1")
        timers.put(transaction, "acme", name, at, number, document)


def keeper(store: Store, clock: Clock | None = None, line: Pipeline | None = None) -> Timekeeper:
    line = line or pipeline(store, [])
    return Timekeeper(store=store, tenant="acme", handle=line.handle_any, clock=clock or Clock())


def fired(store: Store) -> list[str]:
    """The steps of the events that timers became, in the order in which they were kept."""
    ours = select(tables.events.c.document).where(tables.events.c.type == "clock.due").order_by(tables.events.c.seq)
    with store.read() as reader:
        return [document["clock"]["step"] for document in reader.scalars(ours)]


def left(store: Store) -> timers.Waiting:
    with store.read() as reader:
        return timers.waiting(reader, "acme")


def test_late_ones_fire_in_their_order_as_of_when_they_were_due(store: Store) -> None:
    for name, hours in (("third", 3), ("first", 1), ("later", 9), ("second", 2)):
        put(store, name, NOW + hours * HOUR)
    clock = Clock(NOW + 5 * HOUR)
    assert keeper(store, clock).run_once() == 3
    assert fired(store) == ["first", "second", "third"]
    with store.read() as reader:
        rows = reader.execute(select(tables.events).where(tables.events.c.type == "clock.due")).all()
    assert [row.occurred_at for row in rows] == [NOW + hours * HOUR for hours in (1, 2, 3)]
    assert all(row.customer == "C-1" and row.source == "demo" for row in rows)
    assert "email" not in str(rows[0].document)
    clock.at = NOW + 9 * HOUR - timedelta(microseconds=1)
    assert keeper(store, clock).run_once() == 0
    clock.at = NOW + 9 * HOUR
    assert keeper(store, clock).run_once() == 1
    assert left(store).count == 0


def test_several_workers_on_two_connections_fire_each_once(store_url: str) -> None:
    with closing(Store.open(store_url)) as one, closing(Store.open(store_url)) as other:
        names = [f"t-{number}" for number in range(40)]
        for number, name in enumerate(names):
            put(one, name, NOW, customer=f"C-{number % 3}")
        barrier = Barrier(4)

        def work(store: Store) -> None:
            mine = keeper(store)
            barrier.wait(30)
            while left(store).count:
                mine.run_once()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, (one, other, one, other)))
        assert sorted(fired(one)) == sorted(names)


def test_what_ends_in_the_middle_is_fired_by_the_next_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "a")
    line = pipeline(store, [])
    with monkeypatch.context() as broken:
        broken.setattr("careengine.pipeline.pipeline.record", _power_cut)
        with pytest.raises(SystemExit):
            keeper(store, line=line).run_once()
    assert fired(store) == []
    assert left(store).count == 1
    assert keeper(store).run_once() == 1
    assert fired(store) == ["a"]


def _power_cut(*_: Any, **__: Any) -> None:
    sys.exit(9)


def test_one_that_fails_is_tried_again_ever_more_seldom_and_holds_up_nobody(store: Store) -> None:
    put(store, "bad")
    with store.write() as transaction:
        number = events.add(transaction, event("e-2"))
        timers.put(transaction, "acme", "bad", NOW, number, {"id": "x", "source": "demo", "type": "clock.due"})
    put(store, "good", NOW + timedelta(seconds=1))
    clock = Clock(NOW + timedelta(seconds=1))
    mine, tried = keeper(store, clock), []
    assert mine.run_once() == 2
    assert fired(store) == ["good"]
    assert left(store) == timers.Waiting(count=1, failed=1, oldest=NOW)
    for _ in range(14):
        with store.read() as reader:
            at = timers.next_at(reader, "acme")
        assert at is not None
        tried.append((at - clock.at).total_seconds())
        clock.at = at
        assert mine.run_once() == 1
    assert tried == [5 * 2**n for n in range(10)] + [3600] * 4


def test_what_fell_due_while_nothing_ran_waits_for_what_came_in_meanwhile(store: Store) -> None:
    put(store, "a")
    request = WebhookRequest(method="POST", url="https://care.example/w", headers={}, body=b"{}")
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "d-1", request, NOW)
    clock = Clock(NOW + HOUR)
    mine = keeper(store, clock)
    assert mine.run_once() == 0
    with store.write() as transaction:
        [waiting] = inbox.in_state(transaction, "acme", "due")
        inbox.done(transaction, "acme", waiting.seq, clock())
    assert mine.run_once() == 1


def test_a_delivery_that_stays_holds_timers_up_for_a_minute_only(store: Store) -> None:
    put(store, "a")
    request = WebhookRequest(method="POST", url="https://care.example/w", headers={}, body=b"{}")
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "d-1", request, NOW)
    clock = Clock(NOW + HOUR)
    mine = keeper(store, clock)
    assert mine.run_once() == 0
    put(store, "b", NOW + HOUR)  # it falls due while the program runs
    clock.forward(60)
    assert mine.run_once() == 2


def test_the_same_timer_at_the_same_instant_is_decided_once(store: Store) -> None:
    put(store, "a")
    assert keeper(store).run_once() == 1
    with store.write() as transaction:
        row = transaction.execute(select(tables.events).where(tables.events.c.type == "clock.due")).one()
        timers.put(transaction, "acme", "a", NOW, row.seq, row.document)
    assert keeper(store).run_once() == 1
    assert fired(store) == ["a"]
    assert left(store).count == 0


def test_erasing_a_person_removes_their_timers(store: Store) -> None:
    put(store, "hers", customer="C-ada")
    put(store, "his", customer="C-bob")
    with store.write() as transaction:
        assert len(people.of_person(transaction, "acme", "C-ada")["timers"]) == 1
        people.erase(transaction, "acme", "C-ada", NOW)
    keeper(store).run_once()
    assert fired(store) == ["his"]


def test_one_whose_event_was_decided_and_erased_goes_in_silence(store: Store) -> None:
    put(store, "a")

    def gone(*_: object) -> None:
        raise ErasedError("gone")

    assert Timekeeper(store=store, tenant="acme", handle=gone, clock=Clock()).run_once() == 1
    assert left(store).count == 0


def test_a_service_that_is_full_is_nothing_of_the_timers(store: Store) -> None:
    put(store, "a")

    def full(*_: object) -> None:
        raise Overloaded("too much waits")

    with pytest.raises(Overloaded):
        Timekeeper(store=store, tenant="acme", handle=full, clock=Clock()).step()
    assert left(store) == timers.Waiting(count=1, failed=0, oldest=NOW)


def test_one_that_the_database_does_not_take_holds_up_nobody(store: Store) -> None:
    put(store, "a")
    put(store, "b")
    line = pipeline(store, [])

    def picky(document: Any, *more: Any) -> object:
        if document["clock"]["step"] == "a":
            raise StoreError("it does not fit")
        return line.handle_any(document, *more)

    assert Timekeeper(store=store, tenant="acme", handle=picky, clock=Clock()).run_once() == 2
    assert fired(store) == ["b"]
    assert left(store) == timers.Waiting(count=1, failed=1, oldest=NOW)


def test_when_the_database_is_down_nothing_is_said_of_a_timer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "a")
    mine = keeper(store)
    with monkeypatch.context() as broken:

        def down(*_: object) -> None:
            raise StoreError("no room")

        broken.setattr(mine, "handle", down)
        broken.setattr(type(store), "transact", down)
        with pytest.raises(StoreError, match="no room"):
            mine.step()
    assert left(store) == timers.Waiting(count=1, failed=0, oldest=NOW)


def test_it_sleeps_until_the_next_one_is_due_and_looks_again_after_a_second(store: Store) -> None:
    clock, waits = Clock(), Waits()
    mine = keeper(store, clock)
    assert not mine.step()
    mine.wait(waits, 1.0)
    put(store, "a", NOW + timedelta(seconds=0.4))
    assert not mine.step()
    mine.wait(waits, 1.0)
    clock.forward(0.3999)
    mine.wait(waits, 1.0)
    put(store, "b", NOW + HOUR)
    clock.forward(0.0001)
    assert mine.run_once() == 1
    mine.wait(waits, 1.0)
    assert waits.seconds == [1.0, 0.4, 0.01, 1.0]


class Waits(Event):
    """Notes for how long somebody would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.seconds.append(round(timeout, 4))
        return False


def test_a_worker_fires_what_is_put_while_it_runs(store: Store) -> None:
    done = Event()
    line = pipeline(store, [])

    def handle(*told: Any) -> object:
        outcome = line.handle_any(*told)
        done.set()
        return outcome

    mine = Timekeeper(store=store, tenant="acme", handle=handle, clock=Clock())
    worker = Worker(name="timers", step=mine.step, poll_seconds=0.02, wait=mine.wait)
    worker.start()
    try:
        put(store, "a")
        assert done.wait(30)
    finally:
        worker.ask_to_stop()
        assert worker.join(30)
    assert fired(store) == ["a"]
