"""A customer's history in the CRM is asked for at their first contact, once, and counts once."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from careengine.errors import AuthError, NotFound, Retryable, StoreError, Throttled, Unsupported
from careengine.model.history import Entry
from careengine.store import decisions, inbox, tables
from tests.decide.worlds import NOW
from tests.delivery.crm import Clock, Crm, delivery, end, post
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.delivery import Delivery
    from careengine.store import Store

OPENED = Entry(at=NOW - timedelta(days=3), kind="cases", ref="T-1", status="opened", case="T-1")


def _before(number: int) -> Entry:
    at = NOW - timedelta(hours=number)
    return Entry(at=at, kind="interactions", ref=f"old-{number}", direction="inbound", case="T-1", issue="order-7")


def _work(store: Store, crm: Crm, clock: Clock | None = None) -> Delivery:
    crm.parsed = crm.parsed or [contact("e-1")]
    return delivery(store, {"demo": crm}, clock=clock or Clock(), handle=pipeline(store).handle)


def _matched(store: Store) -> dict[str, list[str]]:
    with store.read() as reader:
        made = decisions.page(reader, "acme")
    return {one.event["id"]: [match["policy"] for match in one.decision["matched"]] for one in made}


def _refs(store: Store, kind: str = "interactions") -> list[str]:
    with store.read() as reader:
        return sorted(reader.scalars(select(tables.history.c.ref).where(tables.history.c.kind == kind)))


@pytest.mark.parametrize(
    ("memory", "matched"),
    [
        ([_before(1), _before(2)], ["third-contact"]),
        ([_before(1)], []),
        ([], []),
        ([_before(1), _before(24 * 8)], []),
    ],
)
def test_a_count_over_a_window_knows_what_was_before_us(
    store: Store, memory: Sequence[Entry], matched: list[str]
) -> None:
    post(store, "x-1")
    _work(store, Crm(memories=deque([memory]))).run_once()
    assert _matched(store) == {"e-1": matched}


def test_the_contact_at_hand_counts_once_though_the_crm_tells_it_too(store: Store) -> None:
    present = Entry(at=NOW, kind="interactions", ref="e-1", direction="inbound", case="T-1", issue="order-7")
    post(store, "x-1")
    _work(store, Crm(memories=deque([[OPENED, present, _before(1)]]))).run_once()
    assert _matched(store) == {"e-1": []}
    assert _refs(store) == ["demo/e-1", "demo/e-1", "demo/old-1"]
    assert _refs(store, "cases") == ["T-1"]  # as the interaction that opened it would name it


def test_what_the_crm_told_counts_once_when_it_comes_as_an_interaction_later(store: Store) -> None:
    crm = Crm(parsed=[contact("e-1"), contact("old-1", at=_before(1).at)], memories=deque([[_before(1)]]))
    post(store, "x-1")
    work = _work(store, crm)
    work.run_once()
    crm.parsed = [contact("e-2", at=NOW)]
    post(store, "x-2")
    work.run_once()
    assert _matched(store) == {"e-1": [], "old-1": [], "e-2": ["third-contact"]}


def test_a_customer_is_asked_about_once_a_source(store: Store) -> None:
    crm, other = Crm(parsed=[contact("e-1"), contact("e-2"), contact("e-3", customer={"id": "C-2"})]), Crm()
    post(store, "x-1", "x-2")
    post(store, "y-1", adapter="other")
    work = delivery(store, {"demo": crm, "other": other}, handle=pipeline(store).handle)
    other.parsed = [contact("e-1"), contact("e-4", customer=None), contact("e-5", customer={"name": "Ada"})]
    work.run_once()
    assert (crm.asked_about, other.asked_about) == (["C-1", "C-2"], ["C-1"])


@pytest.mark.parametrize(
    "failure", [Retryable("away"), ValueError("s3cret"), [5], [replace(OPENED, at=NOW.replace(tzinfo=None))]]
)
def test_a_crm_that_cannot_answer_is_asked_again_and_then_done_without(store: Store, failure: Any) -> None:
    crm, clock = Crm(memories=deque([failure] * 9)), Clock()
    post(store, "x-1")
    work = _work(store, crm, clock)
    with capture_logs() as logs:
        for attempt in range(1, 5):
            assert _matched(store) == {}
            work.run_once()
            assert crm.asked_about == ["C-1"] * attempt
            clock.forward(10)
    assert _matched(store) == {"e-1": []}
    assert [entry["event"] for entry in logs] == ["to be tried again"] * 3 + ["decided without the CRM's history"]
    assert "s3cret" not in str(logs)
    assert "C-1" not in str(logs)
    with store.read() as reader:
        assert len(inbox.in_state(reader, "acme", "done")) == 1


@pytest.mark.parametrize("failure", [AuthError("not for you"), NotFound("who?"), Unsupported("no such thing")])
def test_what_time_does_not_mend_is_done_without_at_once(store: Store, failure: Exception) -> None:
    crm = Crm(memories=deque([failure]))
    post(store, "x-1")
    _work(store, crm).run_once()
    assert (_matched(store), crm.asked_about) == ({"e-1": []}, ["C-1"])


def test_a_crm_that_asks_for_patience_is_given_it(store: Store) -> None:
    crm, clock = Crm(memories=deque([Throttled(60)] * 6 + [[_before(1), _before(2)]])), Clock()
    post(store, "x-1")
    work = _work(store, crm, clock)
    for _ in range(7):
        assert _matched(store) == {}
        work.run_once()
        clock.forward(60)
    assert _matched(store) == {"e-1": ["third-contact"]}


def test_a_sudden_end_neither_loses_the_history_nor_doubles_it(store: Store) -> None:
    memory = [_before(1), _before(2)]
    crm, line = (
        Crm(parsed=[contact("e-1")], memories=deque([KeyboardInterrupt(), memory, memory, memory])),
        pipeline(store),
    )
    ends = deque([KeyboardInterrupt(), StoreError("full")])

    def handle(document: Any, tenant: str, *more: Any) -> object:
        if ends:
            raise ends.popleft()
        return line.handle(document, tenant, *more)

    clock = Clock()
    post(store, "x-1")
    for _ in range(2):
        work = delivery(store, {"demo": crm}, clock=clock, handle=handle)
        work.recover()
        with pytest.raises(KeyboardInterrupt):
            work.run_once()
        assert _refs(store) == []
        end(work)
    delivery(store, {}).recover()
    for _ in range(2):
        delivery(store, {"demo": crm}, clock=clock, handle=handle).run_once()
        clock.forward(10)
    assert _matched(store) == {"e-1": ["third-contact"]}
    assert _refs(store) == ["demo/e-1", "demo/old-1", "demo/old-2"]
