"""What would go on for ever is stopped and put to a person, once; and nobody's protection is stopped with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.decide.loop import DEEPEST, MOST
from careengine.model.history import Entry
from careengine.model.policy import Escalation, Offer, Policy, Recovery
from careengine.model.protection import Protection
from careengine.model.state import RecordedState
from careengine.model.waiting import OpenReview
from tests.decide.worlds import FIELDS, NOW, facts, field_test, policies, policy, policy_set, pounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.decision import Decision
    from careengine.model.value import Value

ALWAYS = field_test("case.id", "present", True)
ESCALATES = policy("escalates", "escalation", ALWAYS, Escalation(to="tier-2", level=1))
PROTECTS = policy("protects", "protection", ALWAYS, Protection(support=("debrief",)))


OWED = policy(
    "owed",
    "entitlement",
    ALWAYS,
    Recovery(steps=("offer",), offer=Offer(family="entitlement", amount=pounds("30.00"))),
)


def decided(acted: int = 0, *members: Policy, state: RecordedState | None = None, **fields: Any) -> Decision:
    world = {
        "case.id": "T-1",
        "id": "careengine:clock:1",
        **{name.replace("_", "."): it for name, it in fields.items()},
    }
    past = [
        Entry(
            at=NOW - timedelta(seconds=30 * number),
            kind="decisions",
            ref=f"d-{number}",
            policy="x",
            source="test",
            case="T-1",
        )
        for number in range(acted)
    ]
    made = replace(facts(world, past), state=state or RecordedState())
    return decide(made, policy_set(members or [ESCALATES]))


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
    question = OpenReview(by="loop-guard", customer="C-1", source="test", case="T-1")
    for often in (MOST + 1, MOST + 2, 2 * MOST):
        assert types(decided(often, state=RecordedState({question.key: False}))) == ["review"]
        again = decided(often, state=RecordedState({question.key: True}))
        assert types(again) == []
        assert [(one.policy, one.by) for one in again.withheld] == [("escalates", "loop-guard")]
        assert "somebody is asked to look already" in again.withheld[0].why


@pytest.mark.parametrize(("who", "stops"), [("system", True), ("bot", True), ("agent", False), ("customer", False)])
def test_what_people_do_is_never_a_loop(who: str, stops: bool) -> None:  # noqa: FBT001  pytest gives it by name
    assert (types(decided(MOST + 1, id="evt-1", actor_type=who)) == ["review"]) is stops


def test_what_a_person_answered_is_never_a_loop() -> None:
    answer = "careengine:t_1:confirm:incident.confirmed"
    assert types(decided(MOST + 1, id=answer, cause_depth=DEEPEST + 1)) == ["escalate"]


@given(policies(), FIELDS, st.integers(0, 2 * MOST), st.integers(0, 2 * DEEPEST), st.sampled_from(["bot", "system"]))
def test_no_loop_withholds_what_is_owed_nor_ends_in_silence(
    members: list[Policy], fields: Mapping[str, Value], often: int, deep: int, who: str
) -> None:
    past = [
        Entry(
            at=NOW - timedelta(seconds=number),
            kind="decisions",
            ref=f"d-{number}",
            policy="x",
            source="test",
            case="T-1",
        )
        for number in range(often)
    ]
    world = {**fields, "case.id": "T-1"}
    free = decide(facts(world, past), policy_set([*members, OWED]))
    held = decide(facts({**world, "actor.type": who, "cause.depth": deep}, past), policy_set([*members, OWED]))
    owed = {action.id for action in free.actions if action.params.get("family") == "entitlement"}
    assert owed
    assert owed <= {action.id for action in held.actions}
    stopped = [one for one in held.withheld if one.by == "loop-guard"]
    live = {one.id for one in members if one.status == "live"}
    if any(one.policy in live for one in stopped):
        assert "review" in {action.type for action in held.actions}
    lost = {
        behind
        for action in free.actions
        if action.id not in {one.id for one in held.actions} and action.type != "note"
        for behind in action.policies
    }
    assert lost <= {one.policy for one in held.withheld}


def test_support_for_employees_is_not_held_back() -> None:
    assert types(decided(MOST + 1, ESCALATES, PROTECTS)) == ["support", "review"]


def test_shadow_asks_nobody() -> None:
    shadow = policy("escalates", "escalation", ALWAYS, Escalation(to="tier-2", level=1), status="shadow")
    assert types(decided(0, shadow, cause_depth=DEEPEST + 1)) == []
