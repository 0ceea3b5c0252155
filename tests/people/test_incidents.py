"""A report of conduct is always something that a person can find and judge, and never whoever reported it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import NotYoursError, PayloadError, SettledError
from careengine.model.history import INCIDENTS
from careengine.people import Actor
from careengine.pipeline.incidents import WITHIN
from careengine.store import decisions, history, identities
from tests.decide.worlds import NOW, policy_set
from tests.people.conduct import LEAD, TENANT, House, rules
from tests.people.house import state_of

if TYPE_CHECKING:
    from careengine.store import Store

SAM = Actor(name="person:sam", roles=frozenset({"agent", "team-lead"}), employees=frozenset({"E-9"}))
BODY: dict[str, Any] = {"customer": "C-1", "category": "threat", "severity": 3, "evidence": ["call-1"]}
NO_RULES = policy_set([])


def statuses(house: House, ref: str, customer: str = "C-1") -> list[str]:
    with house.store.read() as reader:
        found = history.entries(reader, TENANT, customer, house.now, {INCIDENTS: None})
    return [entry.status for entry in found if entry.ref == ref]


def test_what_no_policy_flags_is_judged_by_the_reviewer_of_the_settings(store: Store) -> None:
    house = House(store, NO_RULES)
    house.people.pipeline.incident_reviewer = "conduct-desk"
    house.report("I-1")
    [task] = house.open("incident")
    assert (task.role, task.policy, task.due_at, task.employee) == ("conduct-desk", "", NOW + WITHIN, "sam")
    assert task.document["not_by"] == ["sam"]
    with pytest.raises(NotYoursError, match="`conduct-desk` decides this incident"):
        house.decide(task, "confirm", LEAD)


def test_what_a_policy_flags_is_asked_about_once(store: Store) -> None:
    house = House(store)
    house.report("I-1")
    [task] = house.open("incident")
    assert task.policy == "abuse-reported"
    assert house.open("flag") == []


def test_it_is_judged_once_and_the_history_hears_of_it(store: Store) -> None:
    house = House(store, NO_RULES)
    house.report("I-1")
    house.report("I-2")
    one, other = house.open("incident")
    assert house.decide(one, "confirm", LEAD).state == "confirmed"
    assert house.decide(other, "reject", LEAD).state == "rejected"
    assert (statuses(house, "I-1"), statuses(house, "I-2")) == (["reported", "confirmed"], ["reported", "rejected"])
    with pytest.raises(SettledError):
        house.decide(one, "reject", LEAD)
    house.tell("incident.reported", "again", customer={"id": "C-1"}, incident={"id": "I-1", "category": "insult"})
    assert house.open("incident") == []


@pytest.mark.parametrize("outcome", ["confirm", "reject"])
def test_whoever_else_was_asked_need_not_say_anything(store: Store, outcome: str) -> None:
    house = House(store, rules("abuse-reported", "degrading-conduct"))
    house.report("I-1", category="sexual")
    lead, officer = sorted(house.open("incident"), key=lambda task: task.role, reverse=True)
    assert (lead.role, officer.role) == ("team-lead", "equality-officer")
    house.decide(lead, outcome, LEAD)
    assert house.task(officer.id).state == "withdrawn"
    assert state_of(house.people, officer.document["action"]) == "dropped"


def test_a_report_without_an_id_is_rejected_for_good(store: Store) -> None:
    house = House(store, NO_RULES)
    about = {"category": "insult", "evidence": ["call-1"]}
    house.tell("incident.reported", "e-1", customer={"id": "C-1"}, incident=about)
    [task] = house.open("incident")
    house.decide(task, "reject", LEAD)
    assert statuses(house, task.document["incident"]["id"]) == ["reported", "rejected"]


@pytest.mark.parametrize(
    ("kind", "more", "state"),
    [
        ("incident.confirmed", {"reviewer": "lee"}, "confirmed"),
        ("incident.rejected", {"reviewer": "lee"}, "rejected"),
        ("incident.confirmed", {"reviewer": "sam"}, "open"),
    ],
)
def test_what_the_crm_tells_of_its_review_closes_the_question(
    store: Store, kind: str, more: dict[str, Any], state: str
) -> None:
    house = House(store)
    house.report("I-1")
    [task] = house.open("incident")
    about = {"id": "I-1", "reporter": "sam", "evidence": ["call-1"], **more}
    house.tell(kind, "reviewed", customer={"id": "C-1"}, incident=about)
    assert house.task(task.id).state == state
    _, entries = house.people.one(TENANT, task.id)
    assert [entry.deed.actor for entry in entries] == ([] if state == "open" else ["source:demo"])


@pytest.mark.parametrize(("reviewer", "asked"), [("lee", 0), ("sam", 1)])
def test_a_report_that_somebody_else_looked_at_is_for_the_record(store: Store, reviewer: str, asked: int) -> None:
    house = House(store, NO_RULES)
    house.report("I-1", reviewer=reviewer)
    assert len(house.open("incident")) == asked


def test_a_person_reports_and_does_not_judge_it(store: Store) -> None:
    house = House(store)
    made = house.people.report(TENANT, BODY, SAM)
    [task] = made.tasks
    assert (task.kind, task.customer, task.document["incident"]["reporter"]) == ("incident", "C-1", "E-9")
    shown, _ = house.people.one(TENANT, task.id)
    assert shown.document["evidence"] == ["call-1"]
    with pytest.raises(NotYoursError, match="who had a part in it"):
        house.decide(task, "confirm", SAM)
    assert house.decide(task, "confirm", LEAD).state == "confirmed"


def test_whoever_hands_it_in_for_somebody_else_does_not_judge_it_either(store: Store) -> None:
    house = House(store)
    made = house.people.report(TENANT, {**BODY, "reporter": "agent-7", "target": "agent-8"}, SAM)
    assert made.tasks[0].document["not_by"] == ["E-9", "agent-7", "agent-8"]


def test_another_customers_incident_of_the_same_id_is_another(store: Store) -> None:
    house = House(store, NO_RULES)
    first = house.people.report(TENANT, {**BODY, "id": "I-1"}, SAM).tasks[0]
    second = house.people.report(TENANT, {**BODY, "id": "I-1", "customer": "C-2"}, SAM).tasks[0]
    assert (first.customer, second.customer) == ("C-1", "C-2")
    house.decide(first, "reject", LEAD)
    assert house.task(second.id).state == "open"


def test_where_everybody_is_everybody_only_the_reporter_is_told_apart(store: Store) -> None:
    house, anybody = House(store), Actor(name="anonymous", roles=frozenset({"*"}))
    one = house.people.report(TENANT, BODY, anybody).tasks[0]
    with pytest.raises(NotYoursError, match="who had a part in it"):
        house.decide(one, "confirm", anybody)
    other = house.people.report(TENANT, {**BODY, "reporter": "agent-7"}, anybody).tasks[0]
    assert house.decide(other, "confirm", anybody).state == "confirmed"


def test_the_same_report_twice_is_one(store: Store) -> None:
    house = House(store)
    first = house.people.report(TENANT, {**BODY, "id": "I-1"}, SAM)
    house.tell("interaction.received", "e-1", customer={"id": "C-1"}, source="another")
    again = house.people.report(TENANT, {**BODY, "id": "I-1"}, SAM)
    assert again == first
    assert house.people.report(TENANT, {**BODY, "id": "x" * 200}, SAM).incident == "x" * 200
    nothing = house.people.report(TENANT, {**BODY, "id": None, "reporter": None}, SAM)
    assert nothing.incident.startswith("R-")
    assert house.people.report(TENANT, BODY, SAM).incident != first.incident


def test_the_crm_that_told_of_the_customer_last_hears_of_it(store: Store) -> None:
    house = House(store)
    house.tell("interaction.received", "e-1", customer={"id": "C-1"})
    assert house.people.report(TENANT, BODY, SAM).tasks[0].source == "demo"
    assert house.people.report(TENANT, {**BODY, "customer": "C-new"}, SAM).tasks[0].source == "careengine"
    assert house.people.report(TENANT, {**BODY, "source": "zendesk"}, SAM).tasks[0].source == "zendesk"


WRONG: list[tuple[Any, list[str]]] = [
    ("text", [""]),
    ({}, ["/customer", "/category", "/severity"]),
    ({**BODY, "mood": "bad", "a/b~": 1}, ["/mood", "/a~1b~0"]),
    ({**BODY, "category": "rude", "severity": 9}, ["/category", "/severity"]),
    ({**BODY, "customer": 7}, ["/customer"]),
    ({**BODY, "customer": "x" * 201, "evidence": ["call", 7]}, ["/customer", "/evidence/1"]),
    ({**BODY, "evidence": "call-1", "credible": "yes", "source": ""}, ["/evidence", "/credible", "/source"]),
    ({**BODY, "id": {"a": 1}, "occurred_at": "yesterday"}, ["/id", "/occurred_at"]),
    ({**BODY, "id": "x" * 201, "occurred_at": "2099-01-01T00:00:00Z"}, ["/id", "/occurred_at"]),
]


def test_a_wrong_report_is_told_at_its_place_and_not_kept(store: Store) -> None:
    house = House(store)
    for body, pointers in WRONG:
        with pytest.raises(PayloadError) as refused:
            house.people.report(TENANT, body, SAM)
        assert sorted(problem.pointer for problem in refused.value.problems) == sorted(pointers)
    assert house.open("incident") == []


def test_lists_know_the_employee_and_every_id_of_the_customer(store: Store) -> None:
    house = House(store)
    house.report("I-1", target="ali")
    house.report("I-2", customer="C-2", target="bo")
    house.tell("customer.merged", "m-1", customer={"id": "C-1"}, merged={"id": "C-2"})

    def found(**asked: Any) -> list[str]:
        return [task.document["incident"]["id"] for task in house.people.page(TENANT, kind="incident", **asked)]

    assert found(employee="ali") == ["I-1"]
    assert found(customer="C-1") == found(customer="C-2") == ["I-1", "I-2"]
    with store.read() as reader:
        kept = [{one.id for one in decisions.page(reader, TENANT, customer=each)} for each in ("C-1", "C-2")]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 3
    with store.read() as reader:
        assert identities.ids_of(reader, TENANT, "C-2") == ("C-2", "C-1")
