"""Whatever words people give with an answer are gone with the person: no table of the database has them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from careengine.errors import RestrictedError
from careengine.model.adapter import Receipt
from careengine.people.kinds import KINDS
from careengine.people.overriding import override
from careengine.store import audit, outbox
from careengine.store import people as persons
from careengine.store.tables import METADATA
from tests.decide.worlds import NOW
from tests.people.conduct import DAY, LEAD, MANAGER, TENANT, TOLD, House
from tests.people.house import LATE, ask, of_kind, people, say
from tests.people.house import LEAD as KIM
from tests.people.test_nominations import LEAD as CONFIRMER
from tests.people.test_nominations import answered, nominations, praise

if TYPE_CHECKING:
    from careengine.people import People
    from careengine.store import Store

CANARY = "canary"
WORDS = {"behaviour": "canary in what was done", "evidence_summary": "canary in what it rests on"}
REASON = {"reason": "canary in a reason"}


def kept(store: Store) -> str:
    with store.read() as reader:
        return repr([reader.execute(select(table)).all() for table in METADATA.sorted_tables])


def unchangeable(store: Store) -> str:
    """What the audit holds beside the reasons."""
    with store.read() as reader:
        return repr([(one.deed.subject, one.deed.before, one.deed.after) for one in audit.page(reader, TENANT, 500)])


def erase(store: Store) -> None:
    store.transact(lambda to: persons.erase(to, TENANT, "C-1", NOW))


def test_a_restriction_from_proposal_to_appeal(store: Store) -> None:
    house = House(store)
    house.report("I-1", evidence=[])
    house.decide(house.open("incident")[0], "confirm", LEAD, evidence=["canary in a reference"], **REASON)
    house.wait(DAY)
    house.confirmed("I-2")
    house.decide(house.open("restriction")[0], "decline", MANAGER, **REASON)
    house.wait(DAY)
    house.confirmed("I-3")
    house.decide(house.open("restriction")[0], "impose", MANAGER, **TOLD | WORDS | REASON)
    name = house.outbox("restrict")[0].action.id
    house.people.appeal(TENANT, name, {"reason": "canary in what the customer said"}, MANAGER)
    house.decide(house.open("measure")[0], "lift", MANAGER, **REASON)
    carried_out(house)
    assert CANARY in kept(store)  # else it would prove nothing
    assert CANARY not in unchangeable(store)
    with store.read() as reader:
        told = [one.deed for one in audit.page(reader, TENANT, 500) if one.deed.did == "impose"]
    assert {"behaviour", "evidence_summary"} in [set((one.after or {}).get("given", ())) for one in told]
    erase(store)
    assert CANARY not in kept(store)


def carried_out(house: House) -> None:
    with house.store.write() as transaction:
        while (sent := outbox.claim(transaction, TENANT, "demo", house.now)) is not None:
            outbox.done(transaction, TENANT, sent.action.id, Receipt(outcome="changed"), house.now)


def test_whoever_is_restricted_is_erased_when_the_crm_has_heard_that_it_is_lifted(store: Store) -> None:
    house = House(store)
    for number in (1, 2):
        house.confirmed(f"I-{number}")
        house.wait(DAY)
    house.impose(MANAGER)
    carried_out(house)
    before = kept(store)
    with pytest.raises(RestrictedError, match=r"stands, and.*lift it first"):
        erase(store)
    assert kept(store) == before
    house.decide(house.open("measure")[0], "lift", MANAGER)
    with pytest.raises(RestrictedError, match=r"has not carried out .* which tells of the end of a restriction"):
        erase(store)
    carried_out(house)
    erase(store)
    assert house.standing() == []


def test_a_note_about_the_end_is_waited_for_where_the_crm_cannot_lift(store: Store) -> None:
    house = House(store, does=("note",))
    for number in (1, 2):
        house.confirmed(f"I-{number}")
        house.wait(DAY)
    house.impose(MANAGER)
    house.decide(house.open("measure")[0], "lift", MANAGER)
    with pytest.raises(RestrictedError, match=r"has not carried out"):
        erase(store)
    carried_out(house)
    erase(store)
    assert house.outbox("note") == []


def test_a_nomination(store: Store) -> None:
    house = people(store, [praise()])
    house.pipeline.handle(answered("e-1"), TENANT)
    (task,) = nominations(house)
    house.decide(TENANT, task.id, {"outcome": "confirm", "quote": "canary in a quote", **REASON}, CONFIRMER)
    assert CANARY in kept(store)
    assert CANARY not in unchangeable(store)
    erase(store)
    assert CANARY not in kept(store)


def test_what_somebody_did_otherwise_than_a_rule_says(store: Store) -> None:
    house = people(store, [LATE])
    for number in (1, 2):
        ask(house, f"e-{number}", customer={"id": f"C-{number}"}, case={"id": f"T-{number}"})
    for task in of_kind(house, "approval"):
        about = {"decision": task.document["decision"], "policy": LATE.id, "did": "otherwise", "escalate": True}
        do_otherwise(house, {**about, "reason": f"canary {task.customer}"})
    erase(store)
    assert "canary C-1" not in kept(store)
    assert "canary C-2" in kept(store)


def do_otherwise(house: People, body: dict[str, Any]) -> None:
    policies = house.pipeline.policies()
    house.pipeline.store.transact(lambda to: override(to, TENANT, policies, body, "person:kim", NOW))


def test_amounts_and_choices_stay_in_the_audit(store: Store) -> None:
    house = people(store, [LATE])
    task = ask(house)
    house.decide(TENANT, task.id, say("amend", amount="15.00 GBP"), KIM)
    with store.read() as reader:
        (entry,) = audit.page(reader, TENANT, subject=f"task {task.id}")
    assert (entry.deed.after or {})["amount"] == "15.00 GBP"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_only_what_can_hold_no_words_is_told_as_it_was_given(kind: Any) -> None:
    plain = [given.schema for choice in kind.choices for given in choice.takes.values() if given.plain]
    for schema in plain:
        closed = schema.get("type") in ("boolean", "integer") or "enum" in schema or schema.get("format") == "date-time"
        assert closed or schema["pattern"].endswith("[A-Z]{3}$")
