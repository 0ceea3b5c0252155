"""The states of an action, and whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from careengine.model.adapter import Receipt
from careengine.store import outbox
from tests.store.shelf import NOW, action, decision, keep

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from careengine.store import Store

LATER = NOW + timedelta(minutes=1)


def _claim(transaction: Connection, now: object = NOW, adapter: str = "demo") -> str | None:
    claimed = outbox.claim(transaction, "acme", adapter, now)  # type: ignore[arg-type]
    return None if claimed is None else claimed.action.id


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("note", "execute", "due"),
        ("offer", "execute", "told"),
        ("note", "shadow", "told"),
        ("note", "await_approval", "waiting"),
        ("restrict", "propose", "waiting"),
    ],
)
def test_where_an_action_begins(store: Store, kind: str, status: str, state: str) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action(type=kind, status=status)))
    with store.read() as reader:
        [kept] = outbox.in_state(reader, "acme", state)
        assert kept.action == action(type=kind, status=status)
        assert kept == outbox.get(reader, "acme", "a-1")


def test_an_action_waits_for_earlier_ones_of_its_target_only(store: Store) -> None:
    with store.write() as transaction:
        keep(
            transaction,
            decision("d-1", "recovery", *(action(f"a-{n}", target=t) for n, t in enumerate("xxyx", start=1))),
        )
        assert [_claim(transaction), _claim(transaction), _claim(transaction)] == ["a-1", "a-3", None]
        outbox.again(transaction, "acme", "a-1", LATER, "busy", NOW, 1)
        assert _claim(transaction) is None
        assert _claim(transaction, LATER) == "a-1"
        outbox.done(transaction, "acme", "a-1", Receipt(outcome="changed"), NOW)
        assert _claim(transaction) == "a-2"
        outbox.park(transaction, "acme", "a-2", "refused", NOW)
        assert _claim(transaction) == "a-4"


def test_without_a_target_nothing_waits_and_adapters_do_not_wait_for_each_other(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action("a-1", target=""), action("a-2", target="")))
        keep(transaction, decision("d-2", "recovery", action("a-3")), adapter="other")
        keep(transaction, decision("d-3", "recovery", action("a-4")))
        assert [_claim(transaction) for _ in range(4)] == ["a-1", "a-2", "a-4", None]
        assert _claim(transaction, adapter="other") == "a-3"


def test_a_receipt_is_kept_and_attempts_are_counted(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        _claim(transaction)
        outbox.again(transaction, "acme", "a-1", NOW, "busy " * 200, NOW, 1)
        claimed = outbox.claim(transaction, "acme", "demo", NOW)
        assert claimed is not None
        assert (claimed.attempts, claimed.state, len(claimed.reason)) == (2, "sending", 500)
        outbox.done(
            transaction, "acme", "a-1", Receipt(outcome="unchanged", detail="it was there", reference="n-7"), LATER
        )
        kept = outbox.get(transaction, "acme", "a-1")
    assert kept == replace(
        claimed,
        state="done",
        reason="",
        changed_at=LATER,
        outcome="unchanged",
        detail="it was there",
        reference="n-7",
    )


def test_what_was_being_sent_when_the_program_ended_is_due_again(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        _claim(transaction)
        assert _claim(transaction) is None
        assert outbox.recover(transaction, "other", NOW) == 0
        assert outbox.recover(transaction, "acme", NOW) == 1
        claimed = outbox.claim(transaction, "acme", "demo", NOW)
    assert claimed is not None
    assert claimed.attempts == 2


def test_a_person_retries_or_drops_what_is_parked_and_says_why(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action("a-1"), action("a-2", target="")))
        for each in ("a-1", "a-2"):
            assert not outbox.retry_parked(transaction, "acme", each, "too early", NOW)
            assert not outbox.drop_parked(transaction, "acme", each, "too early", NOW)
            _claim(transaction)
            outbox.park(transaction, "acme", each, "credentials", NOW)
        assert not outbox.retry_parked(transaction, "other", "a-1", "not theirs", NOW)
        assert [one.reason for one in outbox.in_state(transaction, "acme", "parked")] == ["credentials"] * 2
        assert outbox.retry_parked(transaction, "acme", "a-1", "new credentials", LATER)
        assert outbox.drop_parked(transaction, "acme", "a-2", "the case is closed", LATER)
        [dropped] = outbox.in_state(transaction, "acme", "dropped")
        assert dropped.reason == "the case is closed"
        assert _claim(transaction, NOW) is None
        claimed = outbox.claim(transaction, "acme", "demo", LATER)
        assert claimed is not None
        assert (claimed.action.id, claimed.attempts, claimed.reason) == ("a-1", 1, "new credentials")


def test_a_reason_may_hold_what_no_database_takes(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        _claim(transaction)
        outbox.park(transaction, "acme", "a-1", "the CRM said \0 and \ud800", NOW)
        [parked] = outbox.in_state(transaction, "acme", "parked")
    assert parked.reason == "the CRM said ? and ?"


def test_what_somebody_else_took_up_is_not_put_back_by_the_first(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        assert outbox.claim(transaction, "acme", "demo", NOW, by=1) is not None
        assert outbox.claimants(transaction, "acme") == {1}
        assert outbox.recover(transaction, "acme", NOW, of={2}) == 0
        assert outbox.recover(transaction, "acme", NOW, of={1}) == 1
        assert outbox.claim(transaction, "acme", "demo", NOW, by=2) is not None
        outbox.again(transaction, "acme", "a-1", NOW, "it took too long", NOW, 1, by=1)
        outbox.park(transaction, "acme", "a-1", "it took too long", NOW, by=1)
        [sending] = outbox.in_state(transaction, "acme", "sending")
        assert (sending.attempts, sending.reason) == (2, outbox.LEFT)
        outbox.again(transaction, "acme", "a-1", NOW, "busy", NOW, 1, by=2)
        assert outbox.claimants(transaction, "acme") == set()


def test_a_claim_whose_answer_got_lost_is_taken_up_by_its_own_program(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action("a-1")))
        keep(transaction, decision("d-2", "recovery", action("a-2")), adapter="other")
        assert _claim(transaction) == "a-1"  # by nobody we know
        assert outbox.recover(transaction, "acme", NOW, of={None}) == 1
        attempts = [outbox.claim(transaction, "acme", "demo", NOW, by=1) for _ in range(2)]
        assert [(one.action.id, one.attempts) for one in attempts if one] == [("a-1", 2), ("a-1", 3)]
        assert outbox.claim(transaction, "acme", "demo", NOW, by=2) is None


def test_two_programs_that_claim_at_once_do_not_wait_for_each_other(server_store: Store) -> None:
    with server_store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action("a-1"), action("a-2", target="case:T-2")))
    with server_store.write() as one, server_store.write() as other:
        other.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        claims = [outbox.claim(each, "acme", "demo", NOW, by) for by, each in enumerate((one, other), start=1)]
    assert [claim.action.id for claim in claims if claim] == ["a-1", "a-2"]


def test_what_may_be_on_its_way_is_not_due_before_it_is_settled(store: Store) -> None:
    settling = LATER - NOW
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        _claim(transaction)
        outbox.recover(transaction, "acme", NOW, settling=settling)
        assert [_claim(transaction), _claim(transaction, LATER)] == [None, "a-1"]
        outbox.park(transaction, "acme", "a-1", "no answer", NOW, settling=settling)
        assert outbox.retry_parked(transaction, "acme", "a-1", "at once", NOW)
        assert [_claim(transaction), _claim(transaction, LATER)] == [None, "a-1"]
        outbox.park(transaction, "acme", "a-1", "no answer", NOW)
        assert outbox.retry_parked(transaction, "acme", "a-1", "at once", LATER)
        assert [_claim(transaction), _claim(transaction, LATER)] == [None, "a-1"]
