"""Everything about one person is found, and when it is erased it is gone: from every table, file and byte."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from careengine.model.adapter import WebhookRequest
from careengine.model.history import Entry
from careengine.store import (
    Store,
    audit,
    decisions,
    erased,
    events,
    history,
    inbox,
    outbox,
    people,
    rulesets,
    tables,
    tasks,
    timers,
)
from careengine.store.erased import mark_of_decision
from tests.store.shelf import NOW, action, decision, event

if TYPE_CHECKING:
    from sqlalchemy import Connection

ADA, BOB = "C-ada", "C-bob"


def live(transaction: Connection, name: str, customer: str, tenant: str = "acme") -> None:
    """An event of a customer, with a decision, an action, history, and words in all of them."""
    words = f"words of {customer}"
    document = {"id": f"e-{name}", "customer": {"id": customer, "email": f"{customer}@example.com"}, "note": words}
    number = events.add(transaction, event(f"e-{name}", tenant, customer=customer, document=document))
    made = decision(f"d-{name}", "recovery", action(f"a-{name}", params={"text": words})).to_json()
    rulesets.keep(transaction, tenant, made["ruleset"], list, NOW)
    decisions.append(transaction, tenant, number, made, {"as_of": made["as_of"], "words": words}, NOW)
    outbox.add(transaction, tenant, made["id"], "demo", made["actions"], {"note"}, NOW)
    asked = tasks.Task(
        id=f"t-{name}",
        kind="approval",
        role="team-lead",
        policy="p-1",
        opened_at=NOW,
        changed_at=NOW,
        event=number,
        customer=customer,
        document={"asks": words},
    )
    assert tasks.put(transaction, tenant, asked)
    history.add(transaction, tenant, customer, number, [Entry(at=NOW, kind="offers", ref=f"r-{name}", case=words)])
    timers.put(transaction, tenant, f"t-{name}", NOW, number, {"note": words})
    deed = audit.Deed(actor="person:sam", did="retry", subject=f"action a-{name}", reason=words)
    audit.add(transaction, tenant, deed, NOW)
    audit.add(transaction, tenant, replace(deed, did="approve", subject=f"task t-{name}"), NOW)


def deliver(transaction: Connection, name: str, body: bytes, tenant: str = "acme") -> None:
    request = WebhookRequest(method="POST", url="https://care.example/w?x=1", headers={}, body=body)
    assert inbox.keep(transaction, tenant, "demo", name, request, NOW)


@pytest.fixture
def world(store: Store) -> Store:
    with store.write() as transaction:
        live(transaction, "1", ADA)
        live(transaction, "2", BOB)
        live(transaction, "3", ADA)
        live(transaction, "1", ADA, "other")
    return store


def found(store: Store, person: str, tenant: str = "acme") -> dict[str, list[dict[str, Any]]]:
    with store.read() as reader:
        return people.of_person(reader, tenant, person)


def counts(store: Store) -> dict[str, int]:
    with store.read() as reader:
        return {
            table.name: reader.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.METADATA.sorted_tables
        }


def erase(store: Store, person: str, tenant: str = "acme") -> dict[str, int]:
    with store.write() as transaction:
        removed = people.erase(transaction, tenant, person, NOW)
    assert store.forget()
    return removed


def readable(store: Store, text: str) -> bool:
    files = Path(store.place).parent.glob(f"{Path(store.place).name}*")
    return any(text.encode() in file.read_bytes() for file in files)


def test_everything_about_a_person_is_told_and_nothing_about_another(world: Store) -> None:
    told = found(world, ADA)
    assert {kind: len(rows) for kind, rows in told.items()} == {
        "events": 2,
        "history": 2,
        "decisions": 2,
        "actions": 2,
        "tasks": 2,
        "overrides": 0,
        "restrictions": 0,
        "clocks": 0,
        "timers": 2,
        "deliveries": 0,
    }
    text = json.dumps(told)
    assert text.count(f"words of {ADA}") == 2 * 7  # event, facts, the action twice, the task, history, timer
    assert BOB not in text
    assert [row["id"] for row in found(world, ADA, "other")["events"]] == ["e-1"]
    assert not any(found(world, "C-nobody").values())


def test_what_is_erased_is_gone_and_the_rest_stands(world: Store) -> None:
    before = counts(world)
    assert erase(world, ADA) == {"events": 2, "history": 2, "decisions": 2, "actions": 2, "tasks": 2, "deliveries": 0}
    assert not any(found(world, ADA).values())
    for kind in ("events", "history", "decisions", "actions", "tasks", "timers"):
        assert len(found(world, BOB)[kind]) == 1
        assert len(found(world, ADA, "other")[kind]) == 1
        assert counts(world)[kind] == before[kind] - 2
    assert counts(world)["audit"] == before["audit"]
    assert erase(world, ADA) == dict.fromkeys(("events", "history", "decisions", "actions", "tasks", "deliveries"), 0)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # of a server's files see test_server
def test_not_a_byte_is_left_in_any_file(world: Store) -> None:
    erase(world, ADA, "other")
    assert readable(world, ADA)
    erase(world, ADA)
    assert not readable(world, ADA)
    assert readable(world, BOB)


def test_an_erased_event_is_known_when_it_comes_again_and_its_decision_is_known_to_be_gone(world: Store) -> None:
    erase(world, ADA)
    with world.read() as reader:
        answered = events.answered(reader, "acme", "demo", "e-1")
        assert answered is not None
        assert answered.decision is None
        assert events.known(reader, "acme", "demo", "e-1")
        assert not events.met(reader, "acme", "demo", ADA)
        assert erased.when(reader, "acme", mark_of_decision("d-1")) == NOW
        assert erased.when(reader, "acme", mark_of_decision("d-2")) is None
        assert erased.when(reader, "other", mark_of_decision("d-1")) is None
        other = events.answered(reader, "other", "demo", "e-1")
        assert other is not None
        assert other.decision is not None


@pytest.mark.parametrize(
    ("body", "hers"),
    [
        (json.dumps({"ticket": {"customer": {"id": ADA}}}).encode(), True),
        (json.dumps([{"email": f"{ADA}@EXAMPLE.com".upper()}]).encode(), True),
        (json.dumps({"ticket": {"customer": BOB}, "note": f"{ADA} is not whom this is about"}).encode(), False),
        (json.dumps({"customer": f"{ADA}7"}).encode(), False),
        (f"customer={ADA}&x=1".encode(), None),
        (b"[" * 1010 + b"]" * 1010, None),
        (b"", None),
    ],
)
def test_a_waiting_delivery_about_the_person_is_dropped(world: Store, body: bytes, hers: bool | None) -> None:  # noqa: FBT001  pytest gives it by name
    with world.write() as transaction:
        deliver(transaction, "x-1", body)
        deliver(transaction, "x-1", body, "other")
    assert len(found(world, ADA)["deliveries"]) == bool(hers)
    with world.read() as reader:
        assert len(people.untold(reader, "acme", ADA)) == (hers is None)
    assert erase(world, ADA)["deliveries"] == bool(hers)
    with world.read() as reader:
        (mine,) = inbox.in_state(reader, "acme", "dropped" if hers else "due")
        assert mine.request.body == (b"" if hers else body)
        assert inbox.in_state(reader, "other", "due")[0].request.body == body
    with world.write() as transaction:  # and it is known when it comes again
        assert not inbox.keep(transaction, "acme", "demo", "x-1", mine.request, NOW)


def test_a_number_names_a_person_too(store: Store) -> None:
    with store.write() as transaction:
        live(transaction, "1", "4711")
        deliver(transaction, "x-1", b'{"customer": 4711}')
        deliver(transaction, "x-2", b'{"customer": 47110}')
    assert erase(store, "4711")["deliveries"] == 1


def test_another_customers_complaint_is_neither_shown_nor_removed(store: Store) -> None:
    complaint = b'{"customer": {"id": "C-bob"}, "priority": 3, "text": "where is my parcel?"}'
    with store.write() as transaction:
        live(transaction, "1", "3")
        deliver(transaction, "x-1", complaint)
    assert found(store, "3")["deliveries"] == []
    assert erase(store, "3")["deliveries"] == 0
    with store.read() as reader:
        assert [one.request.body for one in inbox.in_state(reader, "acme", "due")] == [complaint]


def test_the_interactions_of_a_dropped_delivery_are_known_when_they_come_again(store: Store) -> None:
    with store.write() as transaction:
        deliver(transaction, "x-1", b"of its own making")
        read = [{"id": "e-7", "customer": {"id": ADA}}]
        assert people.erase(transaction, "acme", ADA, NOW, lambda _: read)["deliveries"] == 1
        assert events.known(transaction, "acme", "demo", "e-7")
        assert not events.known(transaction, "acme", "shop", "e-7")


def test_many_events_are_erased_in_one_go(store: Store) -> None:
    with store.write() as transaction:
        for number in range(1100):
            live(transaction, str(number), ADA)
    assert erase(store, ADA)["decisions"] == 1100
    assert not any(found(store, ADA).values())
