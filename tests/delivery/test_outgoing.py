"""Actions reach the CRM once, in order, and what fails is tried again or left to a person."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from careengine.errors import (
    Conflict,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Retryable,
    StoreError,
    Throttled,
    Unsupported,
)
from careengine.model.adapter import Receipt
from careengine.model.value import say_instant
from careengine.store import outbox
from tests.delivery.crm import Clock, Crm, delivery, end, post, put
from tests.store.shelf import NOW, action, decision, keep

if TYPE_CHECKING:
    from careengine.store import Store
    from careengine.store.outbox import StoredAction


def _action(store: Store, action_id: str = "a-1") -> StoredAction:
    with store.read() as reader:
        found = outbox.get(reader, "acme", action_id)
    assert found is not None
    return found


def test_an_action_is_carried_out_once_and_its_receipt_kept(store: Store) -> None:
    crm = Crm()
    put(store, "a-1")
    work = delivery(store, {"demo": crm})
    assert (work.run_once(), work.run_once()) == (1, 0)
    kept = _action(store)
    assert (kept.state, kept.outcome, kept.reference, kept.attempts) == ("done", "changed", "note-a-1", 1)
    assert crm.calls == ["a-1"]


@pytest.mark.parametrize(
    "failure", [Retryable("busy"), Conflict("it changed"), OutcomeUnknown("cut off"), Receipt(outcome="unknown")]
)
def test_what_may_work_later_is_tried_again_with_backoff(store: Store, failure: Exception | Receipt) -> None:
    crm, clock = Crm(deque([failure, failure])), Clock()
    put(store, "a-1")
    work = delivery(store, {"demo": crm}, clock=clock)
    for attempts, wait in ((1, 1.0), (2, 2.0)):  # half of 2 and of 4 seconds, by the jitter
        work.run_once()
        kept = _action(store)
        assert (kept.state, kept.attempts, kept.due_at) == ("due", attempts, clock() + timedelta(seconds=wait))
        clock.forward(wait - 0.001)
        assert work.run_once() == 0
        clock.forward(0.001)
    work.run_once()
    assert (_action(store).state, _action(store).attempts, crm.written) == ("done", 3, ["a-1"])


def test_too_many_attempts_park_it(store: Store) -> None:
    crm, clock = Crm(deque([Retryable("the CRM is away")] * 9)), Clock()
    put(store, "a-1")
    work = delivery(store, {"demo": crm}, clock=clock)
    for _ in range(6):
        work.run_once()
        clock.forward(10)
    kept = _action(store)
    assert (kept.state, kept.reason) == ("parked", "gave up after 4 attempts: the CRM is away")
    assert len(crm.calls) == 4


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (Rejected("the case is merged"), "rejected: the case is merged"),
        (NotFound("no case"), "not found: no case"),
        (Unsupported("no offers"), "unsupported: no offers"),
    ],
)
def test_what_a_person_must_mend_is_parked_at_once_and_holds_up_nobody(
    store: Store, failure: Exception, why: str
) -> None:
    crm = Crm(deque([failure]))
    put(store, "a-1", "a-2")
    with capture_logs() as logs:
        delivery(store, {"demo": crm}).run_once()
    assert (_action(store).state, _action(store).reason) == ("parked", why)
    assert crm.written == ["a-2"]
    assert [entry["event"] for entry in logs] == ["parked", "delivered"]


def test_a_retried_one_starts_afresh(store: Store) -> None:
    crm = Crm(deque([Rejected("the case is merged")]))
    put(store, "a-1")
    work = delivery(store, {"demo": crm})
    work.run_once()
    with store.write() as transaction:
        assert outbox.retry_parked(transaction, "acme", "a-1", "it is whole again", NOW)
    work.run_once()
    assert (_action(store).state, _action(store).attempts) == ("done", 1)


def test_throttling_is_obeyed_to_the_moment_by_the_whole_adapter_and_costs_no_attempt(store: Store) -> None:
    crm, other, clock = Crm(deque([Throttled(90)] * 9), parsed=[{"id": "e-1"}]), Crm(), Clock()
    put(store, "a-1")
    put(store, "a-2", target="case:T-2")
    put(store, "a-3", adapter="other")
    post(store, "x-1")
    work = delivery(store, {"demo": crm, "other": other}, clock=clock)
    for _ in range(9):
        work.run_once()
        assert (_action(store).attempts, _action(store).due_at) == (0, clock() + timedelta(seconds=90))
        clock.forward(89.999)
        assert work.run_once() == 0
        clock.forward(0.001)
    assert crm.fetched == []
    work.run_once()
    assert (crm.calls, crm.fetched) == (["a-1"] * 10 + ["a-2"], ["e-1"])
    assert other.calls == ["a-3"]


@pytest.mark.parametrize(("after", "waits"), [(-5, 0), (float("inf"), 30 * 86400), (1e300, 30 * 86400)])
def test_a_senseless_wait_is_bounded(store: Store, after: float, waits: float) -> None:
    crm = Crm(deque([Throttled(after), Throttled(40)]))
    put(store, "a-1")
    delivery(store, {"demo": crm}).run_once()
    expected = waits or 40  # asked to wait not at all, it comes back at once
    assert _action(store).due_at == NOW + timedelta(seconds=expected)


def test_a_case_is_served_in_order_and_cases_do_not_wait_for_each_other(store: Store) -> None:
    crm, clock = Crm(deque([Retryable("busy")])), Clock()
    put(store, "a-1", "a-2")
    put(store, "b-1", target="case:T-2")
    work = delivery(store, {"demo": crm}, clock=clock)
    work.run_once()
    assert crm.written == ["b-1"]
    clock.forward(1)
    work.run_once()
    assert crm.written == ["b-1", "a-1", "a-2"]


def test_a_crash_between_the_write_and_the_receipt_does_it_once(store: Store) -> None:
    crm = Crm()

    def crash() -> None:
        crm.written.append("a-1")
        raise KeyboardInterrupt

    crm.answers.append(crash)
    put(store, "a-1", "a-2")
    first = delivery(store, {"demo": crm})
    with pytest.raises(KeyboardInterrupt):
        first.run_once()
    assert _action(store).state == "sending"
    end(first)
    work = delivery(store, {"demo": crm})
    assert work.run_once() == 0  # nobody knows what became of the first, so the second waits
    assert work.recover() == 1
    work.run_once()
    assert (_action(store).state, _action(store).outcome) == ("done", "unchanged")
    assert crm.written == ["a-1", "a-2"]


def test_an_action_that_ends_the_program_each_time_is_parked(store: Store) -> None:
    crm = Crm(deque([KeyboardInterrupt()] * 9))
    put(store, "a-1")
    for _ in range(4):
        work = delivery(store, {"demo": crm})
        work.recover()
        with pytest.raises(KeyboardInterrupt):
            work.run_once()
        end(work)
    work = delivery(store, {"demo": crm})
    work.recover()
    work.run_once()
    assert _action(store).state == "parked"
    assert _action(store).reason.startswith("gave up after 4 attempts: the program ended while this was being sent")


def test_a_receipt_that_cannot_be_kept_is_kept_as_soon_as_it_can(store: Store) -> None:
    crm = Crm()

    def break_the_database() -> None:
        with store.write() as transaction:
            transaction.exec_driver_sql("ALTER TABLE actions RENAME TO away")

    crm.answers.append(break_the_database)
    put(store, "a-1")
    work = delivery(store, {"demo": crm})
    with pytest.raises(StoreError):
        work.run_once()
    with pytest.raises(StoreError):
        work.run_once()
    with store.write() as transaction:
        transaction.exec_driver_sql("ALTER TABLE away RENAME TO actions")
    work.run_once()
    assert (_action(store).state, _action(store).outcome, crm.calls) == ("done", "changed", ["a-1"])


def test_what_an_adapter_did_not_mean_to_raise_is_tried_again_and_told_without_its_words(store: Store) -> None:
    crm = Crm(deque([ValueError("password=s3cret; I am so upset")]))
    put(store, "a-1")
    with capture_logs() as logs:
        delivery(store, {"demo": crm}).run_once()
    kept = _action(store)
    assert (kept.state, kept.attempts) == ("due", 1)
    assert kept.reason.startswith("the adapter failed unexpectedly (ValueError at crm.py:")
    assert "s3cret" not in str(logs) + kept.reason


def test_an_adapter_that_forgets_its_receipt_is_no_reason_to_stop(store: Store) -> None:
    crm = Crm()
    crm.apply = lambda *_: None  # type: ignore[method-assign, assignment]
    put(store, "a-1")
    delivery(store, {"demo": crm}).run_once()
    assert _action(store).state == "due"


def test_other_tenants_are_left_alone(store: Store) -> None:
    crm = Crm()
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()), tenant="other")
    assert delivery(store, {"demo": crm}).run_once() == 0


def test_a_contact_that_could_not_be_sent_by_day_is_left_to_a_person(store: Store) -> None:
    crm, clock = Crm(deque([Retryable("the CRM is away")])), Clock()
    windows = [[say_instant(NOW), say_instant(NOW + timedelta(seconds=1))]]
    windows += [[say_instant(NOW + timedelta(hours=10)), say_instant(NOW + timedelta(hours=20))]]
    late = action("a-1", type="contact", params={"text": "call back", "case": "T-1", "send_within": windows})
    with store.write() as transaction:
        keep(transaction, decision("d-1", "outreach", late))
    work = delivery(store, {"demo": crm}, clock=clock)
    work.run_once()
    clock.forward(3)
    work.run_once()
    assert (_action(store).state, crm.calls) == ("parked", ["a-1"])
    assert "disturbed" in _action(store).reason
