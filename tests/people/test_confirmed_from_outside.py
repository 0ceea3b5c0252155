"""A confirmation that a CRM tells of counts only when somebody else reviewed the incident, on evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.history import INCIDENTS
from careengine.store import history
from tests.decide.worlds import NOW
from tests.people.conduct import TENANT, House

if TYPE_CHECKING:
    from careengine.store import Store

FAIR = {"reporter": "sam", "target": "ali", "reviewer": "lee", "evidence": ["call-1"]}
UNFAIR = [
    ({"reviewer": "sam"}, "whoever reviewed the incident had reported it"),
    ({"reviewer": "Sam"}, "whoever reviewed the incident had reported it"),
    ({"reviewer": "person:sam"}, "whoever reviewed the incident had reported it"),
    ({"reviewer": "ali"}, "whoever reviewed the incident was its target"),
    ({"reviewer": None}, "it is not said who reviewed the incident"),
    ({"evidence": None}, "there is no evidence of the incident"),
]


def confirm(house: House, number: int, **more: Any) -> dict[str, Any]:
    said = {"in_distress": False, "complaint_itself": False, "disability_related": False}
    about = {"id": f"I-{number}", "category": "insult", "severity": 2, **said, **FAIR, **more}
    incident = {name: value for name, value in about.items() if value is not None}
    return house.tell("incident.confirmed", f"c-{number}", customer={"id": "C-1"}, incident=incident)


def statuses(house: House) -> list[str]:
    with house.store.read() as reader:
        found = history.entries(reader, TENANT, "C-1", NOW, {INCIDENTS: None})
    return [entry.status for entry in found]


def test_what_somebody_else_reviewed_on_evidence_counts(store: Store) -> None:
    house = House(store)
    told = [confirm(house, number) for number in (1, 2)]
    assert statuses(house) == ["confirmed"] * 2
    assert [action["type"] for action in told[1]["actions"] if action["type"] == "restrict"] == ["restrict"]


@pytest.mark.parametrize(("more", "why"), UNFAIR)
def test_what_nobody_else_reviewed_moves_nobody_up(store: Store, more: dict[str, Any], why: str) -> None:
    house = House(store)
    told = [confirm(house, number, **more) for number in (1, 2, 3)]
    assert statuses(house) == ["reported"] * 3
    assert house.steps() == []
    for decision in told:
        (review,) = [action for action in decision["actions"] if action["type"] == "review"]
        assert (review["status"], review["params"]["to"]) == ("propose", "team-lead")
        assert why in [withheld["why"] for withheld in decision["withheld"]]


def test_nor_does_it_add_to_what_was_confirmed_before(store: Store) -> None:
    house = House(store)
    for number in (1, 2):
        confirm(house, number)
    assert len(house.steps()) == 1
    confirm(house, 3, reviewer="sam")
    assert len(house.steps()) == 1


def test_it_takes_nothing_back_of_what_a_reviewer_found(store: Store) -> None:
    house = House(store)
    confirm(house, 1)
    house.tell("incident.confirmed", "again", customer={"id": "C-1"}, incident={"id": "I-1"})
    confirm(house, 2)
    assert [step for _, step, _ in house.steps()] == ["written_warning"]


@pytest.mark.parametrize("reporter", [None, "kim"])
def test_who_reported_it_is_known_by_the_kept_report(store: Store, reporter: str | None) -> None:
    house = House(store)
    for number in (1, 2):
        house.report(f"I-{number}", reporter="sam", target="ali")
        confirm(house, number, reviewer="SAM", reporter=reporter, target=None)
    assert house.steps() == []
    assert len(house.open("incident")) == 2  # nobody else judged them yet


def test_who_reviewed_a_report_is_not_its_reporter_in_other_letters(store: Store) -> None:
    house = House(store)
    house.report("I-1", reporter="sam", reviewer="Person:Sam")
    assert len(house.open("incident")) == 1
