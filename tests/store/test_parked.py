"""What is parked is counted by cause and settled all at once, with an entry in the audit for each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.adapter import WebhookRequest
from careengine.store import audit, causes, inbox, outbox, parked, queues
from tests.store.shelf import NOW, action, decision, keep

if TYPE_CHECKING:
    from careengine.store import Store

LATER = NOW + timedelta(hours=1)
WHY = "the token is renewed"


def park(store: Store, name: str, reason: str, adapter: str = "demo", tenant: str = "acme") -> None:
    with store.write() as transaction:
        keep(transaction, decision(f"d-{name}", "recovery", action(name)), adapter=adapter, tenant=tenant)
        outbox.park(transaction, tenant, name, reason, NOW)


def post(store: Store, name: str, reason: str) -> None:
    request = WebhookRequest(method="POST", url="", headers={}, body=b"planted words")
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", name, request, NOW)
        (delivery,) = inbox.in_state(transaction, "acme", "due")
        inbox.park(transaction, "acme", delivery.seq, reason, NOW)


def verdict(**more: Any) -> parked.Verdict:
    said = {"what": "actions", "adapter": "demo", "cause": None, "do": "retry", "actor": "local:sam", "reason": WHY}
    return parked.Verdict(**{**said, **more})


def states(store: Store) -> dict[str, str]:
    with store.read() as reader:
        found = [one for state in ("due", "parked", "dropped") for one in outbox.in_state(reader, "acme", state)]
    return {one.action.id: one.state for one in found}


@pytest.fixture
def several(store: Store) -> Store:
    park(store, "a-1", causes.reason(causes.REJECTED, "100%_"))
    park(store, "a-2", causes.reason(causes.GAVE_UP, "8 attempts: away"))
    park(store, "a-3", "rejected, says an older version")
    park(store, "a-4", causes.reason(causes.REJECTED, "no"), adapter="other")
    post(store, "x-1", causes.reason(causes.INVALID, "/type: is missing"))
    return store


def test_it_is_counted_by_adapter_and_cause(several: Store) -> None:
    with several.read() as reader:
        found = parked.heaps(reader, "acme")
        assert parked.heaps(reader, "other") == []
    assert [(one.what, one.adapter, one.cause, one.count) for one in found] == [
        ("actions", "demo", "gave-up", 1),
        ("actions", "demo", "other", 1),
        ("actions", "demo", "rejected", 1),
        ("actions", "other", "rejected", 1),
        ("deliveries", "demo", "invalid", 1),
    ]
    assert {one.since for one in found} == {NOW}


@pytest.mark.parametrize(
    ("cause", "meant"),
    [
        (None, {"a-1", "a-2", "a-3"}),
        ("rejected", {"a-1"}),
        ("gave-up", {"a-2"}),
        ("other", {"a-3"}),
        ("refused", set()),
    ],
)
def test_only_what_is_meant_is_tried_again(several: Store, cause: str | None, meant: set[str]) -> None:
    assert parked.settle(several, "other", verdict(cause=cause), LATER) == 0
    assert parked.settle(several, "acme", verdict(cause=cause), LATER) == len(meant)
    assert {name for name, state in states(several).items() if state == "due"} == meant
    with several.read() as reader:
        entries = audit.page(reader, "acme")
        for name in meant:
            found = outbox.get(reader, "acme", name)
            assert found is not None
            assert (found.attempts, found.due_at, found.reason) == (0, LATER, WHY)
    assert {entry.deed.subject for entry in entries} == {f"action {name}" for name in meant}
    assert {(entry.deed.actor, entry.deed.did, entry.deed.reason) for entry in entries} <= {("local:sam", "retry", WHY)}


def test_what_is_dropped_loses_its_words(several: Store) -> None:
    assert parked.settle(several, "acme", verdict(what="deliveries", do="drop"), LATER) == 1
    with several.read() as reader:
        (dropped,) = inbox.in_state(reader, "acme", "dropped")
        (entry,) = audit.page(reader, "acme")
    assert (dropped.request.body, dropped.reason) == (b"", WHY)
    assert (entry.deed.subject, entry.deed.before, entry.deed.after) == (
        f"delivery {dropped.seq}",
        {"state": "parked", "attempts": 0},
        {"state": "dropped", "attempts": 0},
    )
    assert set(states(several).values()) == {"parked"}


def test_many_are_settled_some_at_a_time_and_what_is_parked_meanwhile_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "_AT_ONCE", 2)
    for number in range(5):
        park(store, f"a-{number}", "rejected: no")
    park(store, "new", "rejected: no")
    with store.write() as transaction:
        outbox.retry_parked(transaction, "acme", "new", "try", LATER)
        outbox.park(transaction, "acme", "new", "rejected: no", LATER + timedelta(seconds=1))
    assert parked.settle(store, "acme", verdict(do="drop"), LATER) == 5
    assert [name for name, state in states(store).items() if state == "parked"] == ["new"]


def test_whose_credentials_are_refused_is_known_to_every_program(several: Store) -> None:
    with several.write() as transaction:
        assert queues.refused(transaction, "acme") == {}
        why = causes.reason(causes.REFUSED, "key expired")
        outbox.retry_parked(transaction, "acme", "a-1", "try", NOW)
        outbox.claim(transaction, "acme", "demo", NOW)
        outbox.again(transaction, "acme", "a-1", LATER, why, NOW, 1)
        assert queues.refused(transaction, "acme") == {"demo": "credentials refused: key expired"}
        outbox.park(transaction, "acme", "a-1", why, NOW)
        assert queues.refused(transaction, "acme") == {}
