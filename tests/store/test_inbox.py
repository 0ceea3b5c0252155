"""Webhook deliveries are kept once, without what proved the sender, and forgotten when they are worked off."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from careengine.model.adapter import WebhookRequest
from careengine.store import Store, inbox, tables
from tests.store.shelf import NOW

LATER = NOW + timedelta(minutes=1)
REQUEST = WebhookRequest(
    method="POST",
    url="https://user:pw@care.example/webhooks/demo?token=s3cret&event=new",
    headers={"content-type": "application/json", "x-hub-signature": "s3cret", "authorization": "s3cret"},
    body=b'{"text": "hello"}',
)


def test_a_delivery_is_kept_once(store: Store) -> None:
    with store.write() as transaction:
        assert inbox.keep(transaction, "acme", "demo", "x-1", REQUEST, NOW)
        assert not inbox.keep(transaction, "acme", "demo", "x-1", REQUEST, NOW)
        assert inbox.keep(transaction, "acme", "other", "x-1", REQUEST, NOW)
        assert inbox.keep(transaction, "other", "demo", "x-1", REQUEST, NOW)


def test_what_proved_the_sender_is_not_kept(store: Store) -> None:
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "x-1", REQUEST, NOW)
        delivery = inbox.claim(transaction, "acme", "demo", NOW)
    assert delivery is not None
    assert delivery.request == WebhookRequest(
        method="POST",
        url="https://care.example/webhooks/demo?event=new",
        headers={"content-type": "application/json"},
        body=REQUEST.body,
    )


def test_it_is_worked_off_in_order_and_its_content_goes(store: Store) -> None:
    with store.write() as transaction:
        for name in ("x-1", "x-2"):
            inbox.keep(transaction, "acme", "demo", name, REQUEST, NOW)
        first = inbox.claim(transaction, "acme", "demo", NOW)
        assert first is not None
        assert (first.delivery, first.attempts) == ("x-1", 1)
        inbox.again(transaction, "acme", first.seq, LATER, "the CRM is away", NOW, 1)
        second = inbox.claim(transaction, "acme", "demo", NOW)
        assert second is not None
        assert second.delivery == "x-2"
        inbox.done(transaction, "acme", second.seq, NOW)
        assert inbox.claim(transaction, "acme", "demo", NOW) is None
        again = inbox.claim(transaction, "acme", "demo", LATER)
        assert again is not None
        assert (again.delivery, again.attempts, again.reason) == ("x-1", 2, "the CRM is away")
        row = transaction.execute(select(tables.inbox).where(tables.inbox.c.delivery == "x-2")).one()
        assert (row.state, row.url, row.headers, row.body) == ("done", "", None, None)


def test_a_person_retries_or_drops_what_is_parked(store: Store) -> None:
    with store.write() as transaction:
        for name in ("x-1", "x-2"):
            inbox.keep(transaction, "acme", "demo", name, REQUEST, NOW)
        first, second = inbox.in_state(transaction, "acme", "due")
        assert not inbox.retry_parked(transaction, "acme", first.seq, "too early", NOW)
        inbox.park(transaction, "acme", first.seq, "cannot be read", NOW)
        inbox.park(transaction, "acme", second.seq, "cannot be read", NOW)
        assert not inbox.waits(transaction, "acme", first.seq)
        parked = inbox.get(transaction, "acme", first.seq)
        assert parked is not None
        assert (parked.state, parked.reason, parked.attempts) == ("parked", "cannot be read", 0)
        assert inbox.get(transaction, "other", first.seq) is None
        assert inbox.retry_parked(transaction, "acme", first.seq, "the adapter is mended", NOW)
        assert inbox.drop_parked(transaction, "acme", second.seq, "it was a test", NOW)
        assert not inbox.drop_parked(transaction, "acme", second.seq, "twice", NOW)
        assert inbox.in_state(transaction, "acme", "due", after=first.seq) == []
        [due] = inbox.in_state(transaction, "acme", "due")
        assert inbox.waits(transaction, "acme", first.seq)
        assert not inbox.waits(transaction, "other", first.seq)
        [dropped] = inbox.in_state(transaction, "acme", "dropped")
    assert (due.seq, due.request.body, due.reason) == (first.seq, REQUEST.body, "the adapter is mended")
    assert due.attempts == 0
    assert (dropped.request.body, dropped.reason) == (b"", "it was a test")


def test_what_was_found_in_the_crm_is_kept_once_beside_what_webhooks_brought(store: Store) -> None:
    with store.write() as transaction:
        assert inbox.keep(transaction, "acme", "demo", "e-1", REQUEST, NOW)
        assert inbox.keep_found(transaction, "acme", "demo", "e-1", b'{"id": "e-1"}', NOW)
        assert not inbox.keep_found(transaction, "acme", "demo", "e-1", b'{"id": "e-1"}', LATER)
        brought, found = inbox.in_state(transaction, "acme", "due")
    assert (brought.found, found.found) == (None, {"id": "e-1"})


def test_one_program_at_a_time_is_at_what_a_crm_sent(store: Store) -> None:
    with store.write() as transaction:
        for name in ("x-1", "x-2"):
            inbox.keep(transaction, "acme", "demo", name, REQUEST, NOW)
        inbox.keep(transaction, "acme", "other", "x-1", REQUEST, NOW)
        first = inbox.claim(transaction, "acme", "demo", NOW, by=1)
        assert first is not None
        assert inbox.claimants(transaction, "acme") == {1}
        assert inbox.claim(transaction, "acme", "demo", NOW, by=2) is None
        beside = inbox.claim(transaction, "acme", "other", NOW, by=2)
        assert beside is not None
        inbox.recover(transaction, "acme", of={1, None})
        again = inbox.claim(transaction, "acme", "demo", NOW, by=2)
        assert again is not None
        assert (again.delivery, again.attempts) == ("x-1", 2)
        inbox.done(transaction, "acme", again.seq, NOW)
        inbox.park(transaction, "acme", beside.seq, "no", NOW)
        assert inbox.claimants(transaction, "acme") == set()
        last = inbox.claim(transaction, "acme", "demo", NOW, by=1)
        assert last is not None
        assert last.delivery == "x-2"
