"""The owner of a case is locked after a second transfer: passed on again, it comes back, until a person lifts that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from careengine import resources
from careengine.backtest.replay import replay
from careengine.errors import NotYoursError
from careengine.people import Actor, People
from careengine.policy import loader
from careengine.store import decisions, tasks
from tests.decide.worlds import CATALOGUE, NOW
from tests.people.house import say
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.store import Store
    from careengine.store.tasks import Task

TENANT = "acme"
RULES = loader.load([resources.rules_folder() / "escalation" / "no-not-my-problem.yaml"], CATALOGUE)
LEAD = Actor(name="person:kim", roles=frozenset({"team-lead"}), employees=frozenset({"E-1"}))
AGENT = Actor(name="person:sam", roles=frozenset({"agent"}), employees=frozenset({"E-5"}))


class Desk:
    """A case that agents pass on; a minute goes by with every event."""

    def __init__(self, store: Store) -> None:
        self.now, self.told = NOW, 0
        line = pipeline(store, RULES, clock=lambda: self.now, deliverable=("escalate", "assign", "alert"))
        self.people = People(pipeline=line)

    def tell(self, kind: str, **more: Any) -> dict[str, Any]:
        self.now, self.told = self.now + timedelta(minutes=1), self.told + 1
        document = contact(f"e-{self.told}", at=self.now, type=kind, **{"case": {"id": "T-1"}, **more})
        return self.people.pipeline.handle(document, TENANT).decision

    def passed_to(self, owner: str | None, case: str = "T-1", **more: Any) -> list[tuple[str, str]]:
        """What is done when the case goes to somebody: the type of each action, and to whom it goes."""
        about = {"id": case, **({"owner": owner} if owner else {})}
        made = self.tell("case.transferred", case=about, **more)["actions"]
        return [(action["type"], action["params"].get("to")) for action in made if action["type"] != "note"]

    def locked(self) -> None:
        """It was passed on twice, came to the team that keeps it, and one of them took it."""
        assert self.passed_to("E-2") == []
        assert self.passed_to("E-3") == [("escalate", "resolution-owner")]
        assert self.passed_to("resolution-owner") == []
        assert self.passed_to("E-5") == []

    def locks(self, state: str | None = tasks.OPEN) -> Sequence[Task]:
        return self.people.page(TENANT, kind="lock", state=state)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


BACK = [("assign", "E-5"), ("alert", "team-lead")]


def test_a_later_transfer_is_undone_and_the_lead_is_told(desk: Desk) -> None:
    desk.locked()
    [lock] = desk.locks()
    assert (lock.role, lock.document["owner"]) == ("team-lead", "E-5")
    desk.now += timedelta(days=60)  # long after the rule itself would speak again
    made = desk.tell("case.transferred", case={"id": "T-1", "owner": "E-9"})
    back, alert = (next(one for one in made["actions"] if one["type"] == kind) for kind in ("assign", "alert"))
    why = "no-not-my-problem locked it on E-5, until the case is over or team-lead lifts the lock"
    assert (back["params"]["to"], back["params"]["why"]) == ("E-5", why)
    assert "passed on to E-9, although no-not-my-problem locked it" in alert["params"]["text"]
    assert made["matched"][0]["because"][0]["says"] == "the case was passed on, and its owner E-5 is locked"
    assert desk.passed_to("E-5") == []  # the CRM tells that it was given back
    assert desk.passed_to("E-9") == BACK
    assert len(desk.locks()) == 1


def test_where_nobody_tells_who_has_it_the_lead_is_told_and_nothing_is_moved(desk: Desk) -> None:
    desk.locked()
    assert desk.passed_to(None) == [("alert", "team-lead")]


def test_other_cases_and_what_comes_late_are_not_touched(desk: Desk) -> None:
    desk.locked()
    assert desk.passed_to("E-9", case="T-2") == []
    late = contact("late", at=NOW, type="case.transferred", case={"id": "T-1", "owner": "E-9"})
    actions = desk.people.pipeline.handle(late, TENANT).decision["actions"]
    assert [action["type"] for action in actions] == []


def test_a_lead_lifts_it_with_a_reason_and_nobody_else_does(desk: Desk) -> None:
    desk.locked()
    [lock] = desk.locks()
    with pytest.raises(NotYoursError, match="`team-lead` decides this lock"):
        desk.people.decide(TENANT, lock.id, say("lift"), AGENT)
    desk.people.decide(TENANT, lock.id, say("lift"), LEAD)
    assert desk.passed_to("E-9") == []
    assert desk.people.one(TENANT, lock.id)[1][0].deed.reason == "it is right"


@pytest.mark.parametrize("told", [{"type": "case.resolved"}, {"type": "case.updated", "status": "closed"}])
def test_it_ends_with_the_case(desk: Desk, told: dict[str, str]) -> None:
    desk.locked()
    desk.tell(told["type"], case={"id": "T-1", **({"status": told["status"]} if "status" in told else {})})
    assert [lock.state for lock in desk.locks(None)] == ["withdrawn"]
    assert desk.passed_to("E-9") == []


def test_a_machine_that_keeps_passing_it_on_is_not_fought_for_ever(desk: Desk) -> None:
    desk.locked()
    done = [desk.passed_to("E-9", actor={"type": "system"}) for _ in range(5)]
    assert done == [BACK] * 5
    desk.now -= timedelta(seconds=1)
    asked = []
    for number in range(80):
        at = desk.now + timedelta(milliseconds=number)
        about = {"id": "T-1", "owner": "E-9"}
        event = contact(f"m-{number}", at=at, type="case.transferred", case=about, actor={"type": "system"})
        made = desk.people.pipeline.handle(event, TENANT).decision["actions"]
        asked.append([action["type"] for action in made if action["type"] != "note"])
    assert asked[0] == ["assign", "alert"]
    assert asked.count(["review"]) == 1
    assert asked[-1] == []


def test_every_decision_can_be_made_again_and_fits_its_schema(desk: Desk) -> None:
    desk.locked()
    desk.passed_to("E-9")
    with desk.people.pipeline.store.read() as reader:
        kept = decisions.page(reader, TENANT, limit=100)
    schema = Draft202012Validator(resources.schema("decision"))
    for one in kept:
        assert replay(one.decision, one.facts, RULES, CATALOGUE).difference == ""
        assert list(schema.iter_errors(one.decision)) == []
