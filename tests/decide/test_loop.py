"""What would go on for ever is stopped and put to a person, once; and nobody's protection is stopped with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide import decide
from careengine.decide.loop import DEEPEST, MOST
from careengine.model.history import Entry
from careengine.model.policy import Escalation, Policy
from careengine.model.protection import Protection
from tests.decide.worlds import NOW, facts, field_test, policy, policy_set

if TYPE_CHECKING:
    from careengine.model.decision import Decision

ALWAYS = field_test("case.id", "present", True)
ESCALATES = policy("escalates", "escalation", ALWAYS, Escalation(to="tier-2", level=1))
PROTECTS = policy("protects", "protection", ALWAYS, Protection(support=("debrief",)))


def decided(acted: int = 0, *members: Policy, **fields: Any) -> Decision:
    world = {
        "case.id": "T-1",
        "id": "careengine:clock:1",
        **{name.replace("_", "."): it for name, it in fields.items()},
    }
    past = [
        Entry(at=NOW - timedelta(seconds=30 * number), kind="decisions", ref=f"d-{number}", policy="x", case="T-1")
        for number in range(acted)
    ]
    return decide(facts(world, past), policy_set(members or [ESCALATES]))


def types(decision: Decision) -> list[str]:
    return [action.type for action in decision.actions if action.type != "note"]


def test_a_chain_of_our_own_events_ends_with_a_question_to_a_person() -> None:
    assert types(decided(cause_depth=DEEPEST)) == ["escalate"]
    stopped = decided(cause_depth=DEEPEST + 1)
    assert types(stopped) == ["review"]
    assert stopped.actions[0].params["to"] == "care-operations"
    assert [(one.policy, one.by) for one in stopped.withheld] == [("escalates", "loop-guard")]
    assert f"{DEEPEST + 1} events of our own followed each other" in stopped.withheld[0].why


def test_a_case_on_which_machines_keep_acting_is_put_to_a_person_once() -> None:
    assert types(decided(MOST)) == ["escalate"]
    assert types(decided(MOST + 1)) == ["review"]
    again = decided(MOST + 2)
    assert types(again) == []
    assert [one.by for one in again.withheld] == ["loop-guard"]


@pytest.mark.parametrize(("who", "stops"), [("system", True), ("bot", True), ("agent", False), ("customer", False)])
def test_what_people_do_is_never_a_loop(who: str, stops: bool) -> None:  # noqa: FBT001  pytest gives it by name
    assert (types(decided(MOST + 1, id="evt-1", actor_type=who)) == ["review"]) is stops


def test_support_for_employees_is_not_held_back() -> None:
    assert types(decided(MOST + 1, ESCALATES, PROTECTS)) == ["support", "review"]


def test_shadow_asks_nobody() -> None:
    shadow = policy("escalates", "escalation", ALWAYS, Escalation(to="tier-2", level=1), status="shadow")
    assert types(decided(0, shadow, cause_depth=DEEPEST + 1)) == []
