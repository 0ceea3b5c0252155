"""What is too old is found without looking at what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.model.adapter import WebhookRequest
from careengine.store import Store, events, inbox, keys, outbox, rejects, retention, states
from careengine.store.rejects import Reject
from tests.store.shelf import NOW, action, decision, event, keep

if TYPE_CHECKING:
    from datetime import datetime

    import pytest
    from sqlalchemy import Connection

DAY = timedelta(days=1)
REQUEST = WebhookRequest(method="POST", url="", headers={}, body=b"words")


def old(store: Store, before: datetime = NOW, after: int = 0) -> retention.Page:
    with store.read() as reader:
        return retention.old_events(reader, "acme", before, after)


def add(transaction: Connection, name: str, days: int, tenant: str = "acme") -> int:
    return events.add(transaction, event(name, tenant, recorded_at=NOW - days * DAY))


def test_events_are_old_from_a_moment_on(store: Store) -> None:
    with store.write() as transaction:
        first = add(transaction, "e-1", 3)
        add(transaction, "e-1", 3, "other")
        second = add(transaction, "e-2", 2)
        add(transaction, "e-3", 1)
    assert old(store, NOW - 2 * DAY).numbers == [first]
    assert old(store, NOW - DAY - DAY / 2).numbers == [first, second]
    assert old(store, NOW - 3 * DAY) == retention.Page(numbers=[], next=None)


def test_what_waits_for_a_person_or_a_crm_is_not_old(store: Store) -> None:
    later = NOW + DAY
    with store.write() as transaction:
        for number in (1, 2):
            keep(transaction, decision(f"d-{number}", "recovery", action(f"a-{number}")))
        outbox.claim(transaction, "acme", "demo", NOW)
        assert not retention.old_events(transaction, "acme", later, 0).numbers
        outbox.park(transaction, "acme", "a-1", "it is refused", NOW)
        assert not retention.old_events(transaction, "acme", later, 0).numbers
        outbox.drop_parked(transaction, "acme", "a-1", "never mind", NOW)
        assert len(retention.old_events(transaction, "acme", later, 0).numbers) == 1


def test_pages_cover_all_and_end_at_the_first_young_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 3)
    with store.write() as transaction:
        numbers = [add(transaction, f"e-{n}", 9) for n in range(7)]
        for name in range(7, 20):
            add(transaction, f"e-{name}", 0)
    page, seen = old(store, NOW - DAY), 0
    found = page.numbers
    while page.next is not None:
        seen += 1
        page = old(store, NOW - DAY, page.next)
        found = found + page.numbers
    assert found == numbers
    assert seen == 2


def test_deliveries_rejects_and_keys_have_an_age_of_their_own(store: Store) -> None:
    with store.write() as transaction:
        for name, state in (("done", states.DONE), ("parked", states.PARKED), ("due", states.DUE)):
            inbox.keep(transaction, "acme", "demo", name, REQUEST, NOW - 5 * DAY)
            number = inbox.in_state(transaction, "acme", states.DUE)[-1].seq
            if state == states.DONE:
                inbox.done(transaction, "acme", number, NOW - 5 * DAY)
            elif state == states.PARKED:
                inbox.park(transaction, "acme", number, "it makes no sense", NOW - 5 * DAY)
        reject = Reject(at=NOW - 5 * DAY, source="s", pointer="", message="", problems=1, size=1, sha256="")
        rejects.add(transaction, "acme", reject)
        ended = keys.make(transaction, "acme", "ended", (), NOW - 9 * DAY, NOW - 5 * DAY)
        keys.make(transaction, "acme", "holds", (), NOW - 9 * DAY)
        for kind in ("deliveries", "parked", "rejects", "keys"):
            assert retention.count(transaction, "acme", kind, NOW - 5 * DAY) == 0
            assert retention.count(transaction, "other", kind, NOW) == 0
            assert retention.count(transaction, "acme", kind, NOW) == 1
            assert retention.remove(transaction, "acme", kind, NOW, NOW) == 1
        assert [key.name for key in keys.of_tenant(transaction, "acme")] == ["holds"]
        assert keys.get(transaction, "acme", ended.split("_")[1]) is None
        assert rejects.latest(transaction, "acme") == []
        assert rejects.count(transaction, "acme") == 1  # it stays counted
        (dropped,) = inbox.in_state(transaction, "acme", states.DROPPED)
        assert (dropped.delivery, dropped.request.body) == ("parked", b"")
        assert [one.delivery for one in inbox.in_state(transaction, "acme", states.DUE)] == ["due"]
