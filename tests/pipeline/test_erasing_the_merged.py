"""Whoever has several ids goes under all of them, from every table; nobody else loses a line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import select, text

from careengine.store import people
from careengine.store.tables import METADATA
from tests.decide.worlds import NOW
from tests.people.house import LATE, LEAD, THREAT, ask, of_kind, say
from tests.people.house import people as house_of
from tests.pipeline.house import contact
from tests.pipeline.limits import GOODWILL, failure, limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from careengine.people import People
    from careengine.store import Store

ANN, BOB, CLEO, DAN = "ann-7731", "bob-7732", "cleo-7733", "dan-7734"
MERGED, UNMERGED = "customer.merged", "customer.unmerged"


def lines(reader: Connection) -> Iterator[str]:
    """Every row of every table, as text."""
    for table in METADATA.sorted_tables:
        for row in reader.execute(select(table)).mappings():
            yield f"{table.name} {orjson.dumps({f'{name}': str(value) for name, value in row.items()}).decode()}"


def naming(store: Store, *names: str) -> list[str]:
    with store.read() as reader:
        return [line for line in lines(reader) if any(name in line for name in names)]


def lives(house: People, customer: str) -> None:
    """An offer that takes room, a question, an answer to another, a promise, and what people are asked of a threat."""
    line = house.pipeline
    line.handle(failure(f"f-{customer}", customer), "acme")
    task = ask(house, f"q-{customer}", customer={"id": customer, "email": f"{customer}@example.com", "consent": []})
    assert task.customer == customer
    house.decide("acme", task.id, say("decline"), LEAD)
    line.handle(failure(f"g-{customer}", customer), "acme")
    for other in of_kind(house, "approval"):
        house.decide("acme", other.id, say("decline"), LEAD)
    incident = {"id": f"I-{customer}", "credible": True, "category": "threat", "evidence": ["call-1"]}
    threat = contact(f"i-{customer}", type="incident.reported", customer={"id": customer}, incident=incident)
    line.handle(threat, "acme")
    line.handle(contact(f"p-{customer}", type="promise.made", customer={"id": customer}, promise={"id": "P"}), "acme")


def tell(house: People, kind: str, stays: str, other: str) -> None:
    document = contact(f"{kind}-{stays}-{other}", type=kind, customer={"id": stays}, merged={"id": other})
    house.pipeline.handle(document, "acme")


def erase(store: Store, customer: str) -> None:
    with store.write() as transaction:
        people.erase(transaction, "acme", customer, NOW)


@pytest.fixture
def house(store: Store) -> People:
    year = limit("in-a-year", period="year", zone=ZoneInfo("Europe/London"), within=None, count=9)
    return house_of(store, [GOODWILL, LATE, limit(count=5), year, THREAT])


@pytest.mark.parametrize("who", [ANN, BOB, CLEO])
def test_whoever_is_one_is_erased_under_every_id_and_nobody_else_is(store: Store, house: People, who: str) -> None:
    lives(house, DAN)
    before = naming(store, DAN)
    for customer in (ANN, BOB):
        lives(house, customer)
    tell(house, MERGED, ANN, BOB)
    tell(house, MERGED, CLEO, ANN)
    house.pipeline.handle(failure("after", BOB), "acme")
    assert naming(store, BOB)
    erase(store, who)
    assert naming(store, ANN, BOB, CLEO) == []
    assert naming(store, DAN) == before


def test_of_two_again_one_is_erased_alone(store: Store, house: People) -> None:
    lives(house, ANN)
    before = naming(store, ANN)
    tell(house, MERGED, ANN, BOB)
    house.pipeline.handle(failure("while-one", BOB), "acme")
    tell(house, UNMERGED, ANN, BOB)
    erase(store, BOB)
    assert naming(store, BOB) == []
    assert naming(store, ANN) == before


def test_what_told_who_they_are_is_found_by_its_index(file_store: Store) -> None:
    with file_store.read() as reader:
        asked = "SELECT seq FROM events WHERE tenant = 'acme' AND type IN ('customer.merged', 'customer.unmerged')"
        plan = reader.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert "ix_events_identity" in str(plan)
