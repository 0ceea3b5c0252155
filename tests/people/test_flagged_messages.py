"""A message that a rule flags and nobody reported becomes an incident only by what a person says of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.cli import reviews
from careengine.cli.program import Program
from careengine.errors import PayloadError
from careengine.model.protection import Flag, Protection
from careengine.people import Actor, People
from careengine.store import history
from tests.decide.worlds import NOW, field_test, policy
from tests.pipeline.house import Hooks, contact, pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.store import Store
    from careengine.store.tasks import Task

TENANT = "default"
LEAD = Actor(name="person:kim", roles=frozenset({"team-lead", "ops-manager"}), employees=frozenset({"E-1"}))
FOUND: dict[str, dict[str, str | int | float | bool]] = {"mood": {"score": 4, "spans": "[]"}}
JUDGED = {"category": "insult", "severity": 2}
RULES = [
    policy(
        name,
        "protection",
        field_test("signals.mood.score", "at_least", 3),
        Protection(flag=Flag(review_by=role)),
    )
    for name, role in (("words", "team-lead"), ("strong-words", "ops-manager"))
]


def house(store: Store) -> People:
    return People(pipeline=pipeline(store, RULES, hooks=Hooks(found=FOUND), clock=lambda: NOW))


def flagged(people: People, event: str = "e-1") -> list[Task]:
    people.pipeline.handle(contact(event, employee={"id": "E-7"}), TENANT)
    return list(people.page(TENANT, kind="flag"))


def say(people: People, task: Task, outcome: str, **given: Any) -> Task:
    return people.decide(TENANT, task.id, {"outcome": outcome, "reason": "it is right", **given}, LEAD)


def incidents(store: Store) -> list[tuple[str, str, str | None, int | None, str | None, str | None]]:
    with store.read() as reader:
        found = history.entries(reader, TENANT, "C-1", NOW + timedelta(days=1), {"incidents": None})
    return [(one.ref, one.status, one.category, one.severity, one.employee, one.case) for one in found]


def test_whoever_confirms_it_says_what_it_was_and_how_bad(store: Store) -> None:
    people = house(store)
    one, other = flagged(people)
    assert one.document["signals"] == FOUND
    with pytest.raises(PayloadError) as refused:
        say(people, one, "confirm", category="insult")
    assert [problem.pointer for problem in refused.value.problems] == ["/severity"]
    say(people, one, "confirm", **JUDGED)
    assert incidents(store) == [(one.id, "confirmed", "insult", 2, "E-7", "T-1")]
    assert people.one(TENANT, other.id)[0].state == "withdrawn"


@pytest.mark.parametrize(("outcome", "given"), [("reject", {}), ("excuse", {"because_of": "complaint"})])
def test_what_is_not_confirmed_counts_nothing(store: Store, outcome: str, given: dict[str, str]) -> None:
    people = house(store)
    one, _ = flagged(people)
    say(people, one, outcome, **given)
    assert [(ref, status) for ref, status, *_ in incidents(store)] == [(one.id, "rejected")]


def test_its_target_does_not_judge_it(store: Store) -> None:
    people = house(store)
    one, _ = flagged(people)
    assert "E-7" in one.document["not_by"]


def test_verbs_of_plugins_see_what_became_of_it(store: Store, store_url: str, tmp_path: Path) -> None:
    people = house(store)
    for event, outcome, given in (("e-1", "confirm", JUDGED), ("e-2", "reject", {}), ("e-3", None, {})):
        one, _ = flagged(people, event)
        if outcome:
            say(people, one, outcome, **given)
    settings = tmp_path / "careengine.toml"
    settings.write_text(f'[store]\nurl = "{store_url}"\n', encoding="utf-8")
    found = list(Program(settings_file=settings).reviews())
    assert [(one["verdict"], one["category"], one["severity"], one["signals"]) for one in found] == [
        ("rejected", None, None, FOUND),
        ("confirmed", "insult", 2, FOUND),
    ]
    assert set(found[0]) == {"verdict", "because_of", "category", "severity", "policy", "signals"}


def test_pages_of_reviews_are_read_to_the_end(
    store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "_PAGE", 2)
    people = house(store)
    for number in range(3):
        say(people, flagged(people, f"e-{number}")[0], "reject")
    settings = tmp_path / "careengine.toml"
    settings.write_text(f'[store]\nurl = "{store_url}"\n', encoding="utf-8")
    assert len(list(Program(settings_file=settings).reviews())) == 3
