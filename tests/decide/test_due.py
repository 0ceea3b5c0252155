"""When a time has come that a policy set, that policy is asked, and only that one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide import decide, due
from careengine.decide.proposal import Proposal
from careengine.model.policy import Escalation, OncePer
from careengine.model.protection import Alert, Protection
from tests.decide.worlds import NOW, facts, field_test, policy, policy_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

NEVER = field_test("failure.type", "is", "late_delivery")
TIMED = Escalation(to="team-lead", level=1)


def steps(asked: Policy, outcome: Any, world: Facts) -> Iterator[Proposal]:
    to = str(world.fields["clock.step"])
    yield Proposal(policy=asked, type="alert", status="execute", text=f"tell {to}", params={"to": outcome.to, "is": to})
    yield Proposal(policy=asked, type="escalate", status="execute", text="escalate", params={"to": to, "level": 1})


@pytest.fixture(autouse=True)
def _timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "DUE", {Escalation: steps})


def decided(*members: Policy, named: str = "first-response", event: str = "clock.due") -> Decision:
    world = facts(
        {
            "type": event,
            "case.id": "T-1",
            "clock.policy": named,
            "clock.step": "ops",
            "clock.subject": "case:T-1",
        }
    )
    return decide(world, policy_set(members))


def timed(**more: Any) -> Policy:
    return policy("first-response", "escalation", NEVER, TIMED, **more)


def test_its_wishes_for_that_step_become_actions_and_say_why() -> None:
    decision = decided(timed())
    assert [(action.type, action.params["to"]) for action in decision.actions[:2]] == [
        ("alert", "team-lead"),
        ("escalate", "ops"),
    ]
    assert [reason.says for match in decision.matched for reason in match.because] == [
        "the time it set has come; `ops` is due for case:T-1"
    ]
    assert "the time it set has come" in decision.actions[-1].params["text"]
    assert decision.near_misses == ()


def test_others_are_not_asked_and_what_looks_at_the_event_is() -> None:
    other = policy("other", "escalation", NEVER, TIMED)
    watching = policy(
        "watching",
        "protection",
        field_test("clock.step", "is", "ops"),
        Protection(alert=Alert(to="desk")),
        events=frozenset({"clock.due"}),
    )
    assert [match.policy for match in decided(other, timed(), watching).matched] == ["first-response", "watching"]


@pytest.mark.parametrize(
    "more",
    [
        {"status": "draft"},
        {"status": "retired"},
        {"effective_from": NOW + timedelta(seconds=1)},
        {"effective_until": NOW},
    ],
)
def test_one_that_is_not_at_work_is_silent(more: dict[str, Any]) -> None:
    assert decided(timed(**more)).actions == ()


def test_one_in_shadow_only_shows_what_it_would_do() -> None:
    assert {action.status for action in decided(timed(status="shadow")).actions} == {"shadow"}


def test_acting_lately_does_not_keep_a_step_from_its_time() -> None:
    lately = timed(once_per=OncePer(same="customer", within=timedelta(days=7)))
    assert decided(lately).withheld == ()


def test_nobody_is_asked_of_another_event_or_another_name() -> None:
    assert decided(timed(), named="gone").matched == ()
    assert decided(timed(), event="case.updated").matched == ()
    assert decided(policy("first-response", "protection", NEVER, Protection(alert=Alert(to="x")))).matched == ()
