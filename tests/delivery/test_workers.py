"""The threads: each adapter for itself, woken at once, ended after the call they are in."""

from __future__ import annotations

from collections import deque
from threading import Event
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from careengine.store import outbox
from tests.delivery.crm import Crm, delivery, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine.store import Store


def _done(store: Store) -> set[str]:
    with store.read() as reader:
        return {one.action.id for one in outbox.in_state(reader, "acme", "done")}


def _wait_and_say(said: Event) -> Callable[[Event, float], bool]:
    def wait(event: Event, seconds: float) -> bool:
        said.set()
        return event.wait(seconds)

    return wait


def test_a_slow_crm_holds_up_nobody_else_and_stop_waits_for_its_call(store: Store) -> None:
    inside, leave, quick_done = Event(), Event(), Event()

    def hang() -> None:
        inside.set()
        leave.wait(20)

    slow, quick = Crm(deque([hang])), Crm(deque([quick_done.set]))
    put(store, "a-1", adapter="slow")
    put(store, "b-1", adapter="quick")
    work = delivery(store, {"slow": slow, "quick": quick})
    work.start()
    assert inside.wait(10)
    assert quick_done.wait(10)
    assert not work.stop(timeout=0.05)
    leave.set()
    assert work.stop(timeout=10)
    assert _done(store) == {"a-1", "b-1"}


def test_work_that_comes_later_is_taken_up_when_woken(store: Store) -> None:
    waiting, written = Event(), Event()
    crm = Crm(deque([written.set]))
    work = delivery(store, {"demo": crm}, poll_seconds=60)
    work.wait = _wait_and_say(waiting)
    work.start()
    assert waiting.wait(10)
    put(store, "a-1")
    work.wake()
    assert written.wait(10)
    assert work.stop(timeout=10)
    assert _done(store) == {"a-1"}


def test_starting_takes_up_what_was_left_in_the_middle(store: Store) -> None:
    put(store, "a-1")
    with store.write() as transaction:
        outbox.claim(transaction, "acme", "demo", delivery(store, {}).clock())
    written = Event()
    work = delivery(store, {"demo": Crm(deque([written.set]))})
    work.start()
    assert written.wait(10)
    assert work.stop(timeout=10)
    assert _done(store) == {"a-1"}


def test_a_database_in_trouble_holds_the_worker_up_and_does_not_end_it(store: Store) -> None:
    written, tried = Event(), Event()
    put(store, "a-1")
    with store.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    put(store, "a-2", target="case:T-2")
    work = delivery(store, {"demo": Crm(deque([lambda: None, written.set]))})
    work.wait = _wait_and_say(tried)
    with capture_logs() as logs:
        work.start()
        assert tried.wait(10)
        with store.write() as transaction:
            transaction.exec_driver_sql("ALTER TABLE away RENAME TO inbox")
        assert written.wait(10)
        assert work.stop(timeout=10)
    held_up = [entry for entry in logs if entry["event"] == "delivery is held up"]
    assert held_up
    assert "lacks a table that is needed" in held_up[0]["why"]
    assert _done(store) == {"a-1", "a-2"}


def test_stopping_what_never_started_is_fine(store: Store) -> None:
    assert delivery(store, {"demo": Crm()}).stop()


def test_who_stopped_no_longer_keeps_others_from_delivering(store: Store) -> None:
    first = delivery(store, {"demo": Crm()})
    first.start()
    assert first.stop(timeout=10)
    written = Event()
    put(store, "a-1")
    second = delivery(store, {"demo": Crm(deque([written.set]))})
    second.start()
    assert written.wait(10)
    assert second.stop(timeout=10)
