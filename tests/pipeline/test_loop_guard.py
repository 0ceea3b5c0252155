"""Machines keep acting on a case: one question to a person stands until it is answered, and what is owed is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.policy import Escalation
from careengine.people import Actor
from careengine.policy import loader
from careengine.store import tasks
from tests.decide.worlds import CATALOGUE, field_test, policy, policy_set
from tests.people.house import people as house_of
from tests.people.house import say
from tests.pipeline.house import contact

if TYPE_CHECKING:
    from careengine.people import People
    from careengine.store import Store

NOISY = [
    policy(
        f"n-{number}", "escalation", field_test("channel", "present", operand=True), Escalation(to="tier-2", level=2)
    )
    for number in range(31)
]
CARE = Actor(name="person:kim", roles=frozenset({"care-operations"}))
FAILED = {"id": "F-1", "type": "missed_appointment", "fault": "company", "severity": 2}


def house(store: Store) -> People:
    owed = loader.load([resources.rules_folder() / "entitlement" / "missed-appointment.yaml"], CATALOGUE)
    return house_of(store, policy_set([*owed.policies, *NOISY]))


def tell(people: People, event: str, **more: Any) -> dict[str, Any]:
    document = contact(event, **{"channel": "chat", "actor": {"type": "bot"}, **more})
    return people.pipeline.handle(document, "acme").decision


def asked(people: People) -> list[str]:
    return [task.id for task in people.page("acme", kind="review", state=tasks.OPEN)]


def kinds(decision: dict[str, Any]) -> list[str]:
    return [action["type"] for action in decision["actions"] if action["type"] != "note"]


def test_the_limit_is_jumped_over_and_somebody_is_asked_once(store: Store) -> None:
    people = house(store)
    assert [kinds(tell(people, f"b-{number}")) for number in range(2)] == [["escalate"], ["escalate"]]
    assert kinds(tell(people, "b-2")) == ["review"]
    silent = tell(people, "b-3")
    assert kinds(silent) == []
    assert {one["policy"] for one in silent["withheld"]} == {one.id for one in NOISY}
    [task] = asked(people)
    people.decide("acme", task, say("dismiss"), CARE)
    assert kinds(tell(people, "b-4")) == ["review"]
    assert len(asked(people)) == 1


def test_what_is_owed_is_given_also_then(store: Store) -> None:
    people = house(store)
    for number in range(4):
        tell(people, f"b-{number}")
    for event, more in (("e-1", {}), ("e-2", {"cause": {"event": "x", "depth": 33}, "customer": {"id": "C-2"}})):
        failed = {**FAILED, "id": f"F-{event}"}
        offers = [
            one["params"]["amount"]
            for one in tell(people, event, type="failure.recorded", failure=failed, **more)["actions"]
            if one["type"] == "offer"
        ]
        assert offers == ["30.00 GBP"], event


def test_a_case_of_the_same_number_in_another_crm_is_looked_at_for_itself(store: Store) -> None:
    people = house(store)
    for number in range(3):
        tell(people, f"b-{number}")
    decisions = [tell(people, f"s-{number}", source="shop") for number in range(4)]
    assert [kinds(one) for one in decisions] == [["escalate"], ["escalate"], ["review"], []]
    assert len(asked(people)) == 2
