"""Nominations: a quote and a confirmer who is somebody else, so many for each employee, and nobody is ranked."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import REGISTRY

from careengine import resources
from careengine.cli.main import VERBS
from careengine.errors import NotYoursError, PayloadError
from careengine.model.condition import AnyOf
from careengine.model.recognition import Recognition
from careengine.people import KINDS, Actor
from careengine.policy.kinds.recognition import praises_speed
from careengine.service.openapi import describe
from careengine.service.routes import ENDPOINTS
from careengine.telemetry import metrics
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy
from tests.people.house import of_kind, people
from tests.pipeline.house import contact

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.people import People
    from careengine.store import Store

TENANT = "acme"
LEAD = Actor(name="person:kim", roles=frozenset({"team-lead"}), employees=frozenset({"agent-1"}))
PRAISED = Actor(name="person:sam", roles=frozenset({"team-lead"}), employees=frozenset({"agent-7"}))
QUOTE = {"outcome": "confirm", "reason": "I heard the call", "quote": "She stayed until it worked."}


def praise(at_most: int = 4, name: str = "praise", **more: Any) -> Policy:
    said = AnyOf(pointer="/nominate", items=(field_test("survey.comment", "present", True),))
    outcome = Recognition(confirmed_by="team-lead", quote=said, at_most=at_most, within=timedelta(days=30))
    when = field_test("survey.csat", "is", 5)
    return policy(name, "recognition", when, outcome, events=frozenset({"survey.answered"}), **more)


def answered(event_id: str, customer: str = "C-1", employee: str = "agent-7", comment: str | None = "Great!") -> Any:
    survey = {"csat": 5} | ({"comment": comment} if comment else {})
    more = {"type": "survey.answered", "survey": survey, "employee": {"id": employee}, "customer": {"id": customer}}
    return contact(event_id, NOW, case={"id": f"T-{event_id}"}, **more)


def nominations(house: People) -> list[Any]:
    return list(of_kind(house, "nomination", state=None))


def test_praise_waits_for_somebody_else_with_the_quote(store: Store) -> None:
    house = people(store, [praise()])
    house.pipeline.handle(answered("e-1"), TENANT)
    (task,) = nominations(house)
    assert task.role == "team-lead"
    with pytest.raises(NotYoursError):
        house.decide(TENANT, task.id, QUOTE, PRAISED)
    for wrong in ({}, {"quote": "yes\0no"}, {"quote": ["yes no"]}):
        with pytest.raises(PayloadError):
            house.decide(TENANT, task.id, {"outcome": "confirm", "reason": "yes", **wrong}, LEAD)
    house.decide(TENANT, task.id, QUOTE, LEAD)
    (task,) = nominations(house)
    assert task.state == "confirmed"


def test_without_words_nobody_is_nominated(store: Store) -> None:
    house = people(store, [praise()])
    told = house.pipeline.handle(answered("e-1", comment=None), TENANT).decision
    assert nominations(house) == []
    assert "without a quote" in told["withheld"][0]["why"]


def test_so_many_for_each_employee_and_a_declined_one_makes_room(store: Store) -> None:
    house = people(store, [praise(at_most=2)])
    for number in range(4):
        house.pipeline.handle(answered(f"e-{number}", customer=f"C-{number}"), TENANT)
    house.pipeline.handle(answered("e-9", employee="agent-8"), TENANT)
    found = nominations(house)
    assert sorted(task.document["params"]["employee"] for task in found) == ["agent-7", "agent-7", "agent-8"]
    first = next(task for task in found if task.document["params"]["employee"] == "agent-7")
    house.decide(TENANT, first.id, {"outcome": "decline", "reason": "not said"}, LEAD)
    house.pipeline.handle(answered("e-10"), TENANT)
    assert len(nominations(house)) == 4


def test_the_nominations_of_all_policies_count_and_one_that_is_full_keeps_no_other_back(store: Store) -> None:
    house = people(store, [praise(1, priority=90), praise(3, "warmth")])
    withheld = []
    for number in range(5):
        decided = house.pipeline.handle(answered(f"e-{number}", f"C-{number}"), TENANT).decision
        withheld.append([(one["policy"], one["why"]) for one in decided["withheld"]])
    assert sorted(task.policy for task in nominations(house)) == ["praise", "warmth", "warmth"]
    (first,) = withheld[0]
    assert first[0] == "warmth"
    assert "praise goes first" in first[1]
    full = ("praise", "the employee has 2 of 1 nominations within 30 days already")
    assert withheld[2] == [full]
    assert [policy for policy, _ in withheld[4]] == ["praise", "warmth"]


def test_the_cap_holds_when_many_customers_praise_at_once(store: Store) -> None:
    house = people(store, [praise(at_most=3)])
    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(lambda n: house.pipeline.handle(answered(f"e-{n}", customer=f"C-{n}"), TENANT), range(24)))
    assert len(nominations(house)) == 3


@pytest.mark.parametrize(
    ("condition", "speed"),
    [
        ({"field": "case.within_target", "is": True}, True),
        ({"field": "failure.fixed_at", "before": "now"}, True),
        ({"any": [{"field": "survey.csat", "is": 5}, {"field": "failure.hours_down", "less_than": 1}]}, True),
        ({"all": [{"field": "survey.csat", "is": 5}, {"field": "case.within_target", "is": True}]}, False),
        ({"all": [{"field": "employee.id", "present": True}, {"field": "case.within_target", "is": True}]}, True),
        ({"field": "employee.id", "present": True}, None),
        ({"not": {"field": "case.within_target", "is": False}}, True),
        ({"count": "compliments", "at_least": 2}, False),
    ],
)
def test_what_praises_speed_alone(condition: Any, *, speed: bool | None) -> None:
    assert praises_speed(condition, CATALOGUE) is speed


WORDS = r"\b(rank(ed|ing|s)?|leaderboard|top (agents|employees)|best (agent|employee)|league)\b"
RANKING = re.compile(WORDS, re.IGNORECASE)


def test_no_address_kind_of_task_or_verb_ranks_employees() -> None:
    said = [f"{one.path} {one.__class__.__name__}" for one in ENDPOINTS]
    said += [f"{verb.name} {verb}" for verb in VERBS]
    said += [f"{kind.names} {kind.says} {[choice.says for choice in kind.choices]}" for kind in KINDS.values()]
    assert [text for text in said if RANKING.search(text)] == []
    # What one employee may give: of each asked for by name, and never of several.
    assert [one.path for one in ENDPOINTS if "employee" in one.path] == ["/v1/authority/{employee}"]


def test_no_metric_is_counted_by_employee() -> None:
    metrics.TIMERS.labels("fired")
    labels = {name for family in REGISTRY.collect() for sample in family.samples for name in sample.labels}
    assert labels
    assert not labels & {"employee", "agent", "actor", "person", "nominee"}
    board = Path(resources.__file__).parent / "deploy" / "dashboard.json"
    assert not re.search(r"employee|agent|nominee", board.read_text(encoding="utf-8"), re.IGNORECASE)


def test_no_answer_of_the_service_orders_or_counts_employees() -> None:
    schemas = {name: resources.schema(name) for name in ("decision", "interaction", "settings")}
    told = describe(ENDPOINTS, schemas)
    assert told["paths"]
    assert not RANKING.search(json.dumps(told))
