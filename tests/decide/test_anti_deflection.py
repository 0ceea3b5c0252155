"""A human is brought in where nothing else does it, by day and by night, and nobody takes that away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine import resources
from careengine.decide import decide
from careengine.model.anti_deflection import ON_THE_WAY, AntiDeflection
from careengine.model.condition import AllOf, AnyOf
from careengine.model.decision import Veto
from careengine.model.facts import EntryHistory, Facts
from careengine.model.limit import Ask, Limit
from careengine.model.policy import Escalation, Offer, Recovery
from careengine.policy.loader import load
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy, policy_set, pounds

if TYPE_CHECKING:
    from careengine.model.decision import Action, Decision
    from careengine.model.policy import Policy

ALWAYS = AllOf(pointer="/when", items=())
TRIGGERS = AnyOf(
    pointer="/human",
    items=(
        field_test("bot.human_requested", "is", True),
        field_test("bot.unresolved_turns", "at_least", 2),
        field_test("failure.severity", "at_least", 3),
    ),
)
EVENTS = ("interaction.received", "bot.turn", "case.opened", "case.updated", "failure.recorded", "survey.answered")


def human(name: str = "reach", status: str = "live", to: str = "live-agent", **more: Any) -> Policy:
    outcome = AntiDeflection(condition=TRIGGERS, to=to)
    return policy(name, "anti_deflection", ALWAYS, outcome, events=frozenset(), status=status, **more)


def decided(rules: list[Policy], event: str = "bot.turn", guards: Any = (), **fields: Any) -> Decision:
    base: dict[str, Any] = {
        "id": "e-1",
        "source": "test",
        "type": event,
        "occurred_at": NOW,
        "customer.id": "C-1",
        "case.id": "T-1",
    }
    told = {name.replace("__", "."): value for name, value in fields.items()}
    facts = Facts(fields={**base, **told}, as_of=NOW, history=EntryHistory(()))
    return decide(facts, policy_set(sorted(rules, key=lambda one: one.id)), guards)


def humans(decision: Decision) -> list[Action]:
    return [one for one in decision.actions if one.type in ("escalate", "assign") and one.status == "execute"]


@given(
    event=st.sampled_from(EVENTS),
    asked=st.booleans(),
    turns=st.integers(0, 4),
    severity=st.integers(1, 4),
    actor=st.sampled_from(["customer", "bot", "agent"]),
)
def test_whoever_must_reach_a_human_does(*, event: str, asked: bool, turns: int, severity: int, actor: str) -> None:
    bot = {"bot__human_requested": asked, "bot__unresolved_turns": turns}
    decision = decided([human()], event, failure__severity=severity, actor__type=actor, **bot)
    must = (asked or turns >= 2 or severity >= 3) and event in ON_THE_WAY and actor != "agent"
    assert bool(humans(decision)) is must
    assert [restraint.did for restraint in decision.restraints] == ["added"] * must


@pytest.mark.parametrize(("to", "brought_in"), [("lead", True), ("virtual-agent", False)])
def test_a_bot_is_no_human(*, to: str, brought_in: bool) -> None:
    outcome = AntiDeflection(condition=TRIGGERS, to="live-agent", bots=("virtual-agent",))
    guard = policy("reach", "anti_deflection", ALWAYS, outcome, events=frozenset())
    asked = field_test("bot.human_requested", "is", True)
    hands_over = policy("e", "escalation", asked, Escalation(to=to, level=1), events=frozenset({"bot.turn"}))
    decision = decided([guard, hands_over], bot__human_requested=True)
    assert {one.params["to"] for one in humans(decision)} == ({to} if brought_in else {to, "live-agent"})


def test_whoever_waits_for_a_yes_reached_nobody() -> None:
    """A new lead is a human, but not before somebody agreed to what a limit asks about."""
    asked = field_test("bot.human_requested", "is", True)
    lead = policy("r", "recovery", asked, Recovery(steps=("fix",), lead="desk"), events=frozenset({"bot.turn"}))
    few = Limit(block="limit", of="assign", per="person", count=1, within=timedelta(days=7), over=Ask(to="team-lead"))
    limit = policy("few", "limit", ALWAYS, few, events=frozenset())
    alone = decided([human(), lead], bot__human_requested=True)
    assert [(one.type, one.params["to"]) for one in humans(alone)] == [("assign", "desk")]
    waiting = decided([human(), lead, limit], bot__human_requested=True)  # it is not known how many there were
    assert ("assign", "await_approval") in {(one.type, one.status) for one in waiting.actions}
    assert [(one.type, one.params["to"]) for one in humans(waiting)] == [("escalate", "live-agent")]


def test_it_comes_with_what_was_said_and_tells_why() -> None:
    decision = decided([human()], bot__human_requested=True, case__url="https://crm.example.com/T-1")
    (action,) = humans(decision)
    assert action.params["transcript"] == "https://crm.example.com/T-1"
    assert action.policies == ("reach",)
    assert decision.restraints[0].why == "nobody was brought in, and the customer asked for a human"
    (action,) = humans(decided([human()], bot__human_requested=True, case__id=None))
    assert action.params["transcript"] == "event:e-1"


def test_one_human_is_enough() -> None:
    escalates = policy("e", "escalation", ALWAYS, Escalation(to="tier-2", level=2), events=frozenset({"bot.turn"}))
    decision = decided([human(), human("reach-2", to="other"), escalates], bot__human_requested=True)
    assert [action.params["to"] for action in humans(decision)] == ["tier-2"]
    decision = decided([human(), human("reach-2", to="other")], bot__human_requested=True)
    assert [action.params["to"] for action in humans(decision)] == ["live-agent"]


def test_an_escalation_in_shadow_brings_nobody() -> None:
    shadow = policy(
        "e", "escalation", ALWAYS, Escalation(to="tier-2", level=2), events=frozenset({"bot.turn"}), status="shadow"
    )
    assert [one.params["to"] for one in humans(decided([human(), shadow], bot__human_requested=True))] == ["live-agent"]


def test_in_shadow_it_only_shows_what_it_would_do() -> None:
    decision = decided([human(status="shadow"), human("real", to="other")], bot__human_requested=True)
    assert [action.params["to"] for action in humans(decision)] == ["other"]
    assert {(one.policy, one.status) for one in decision.restraints} == {("reach", "shadow"), ("real", "live")}


def test_an_exception_that_is_not_known_keeps_nobody_from_a_human() -> None:
    unless = field_test("customer.tier", "is", "gold")
    assert humans(decided([human(unless=unless)], bot__human_requested=True))
    assert not humans(decided([human(unless=unless)], bot__human_requested=True, customer__tier="gold"))


def test_a_guard_cannot_take_the_human_away() -> None:
    def against(actions: Any, _: Any) -> list[Veto]:
        return [Veto(action=action.id, why="no time") for action in actions]

    offer = Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("5.00")))
    gives = policy("offer", "recovery", ALWAYS, offer, events=frozenset({"bot.turn"}))
    decision = decided([human(), gives], guards=[("busy", against)], bot__human_requested=True)
    assert len(humans(decision)) == 1
    assert [fault.source for fault in decision.faults] == ["busy"]
    assert [withheld.policy for withheld in decision.withheld] == ["offer"]


@pytest.mark.parametrize("status", ["live", "shadow"])
def test_a_guard_that_takes_an_escalation_takes_no_human_away(status: str) -> None:
    """What brings in a human steps back for an escalation, and may not be lost with it."""

    def against(actions: Any, _: Any) -> list[Veto]:
        return [Veto(action=action.id, why="tier-2 is busy") for action in actions]

    escalates = policy("e", "escalation", ALWAYS, Escalation(to="tier-2", level=2), events=frozenset({"bot.turn"}))
    rules = [human(status=status), escalates]
    decision = decided(rules, guards=[("busy", against)], bot__human_requested=True)
    assert [one.params["to"] for one in humans(decision)] == ["live-agent"] * (status == "live")
    assert [(one.policy, one.by) for one in decision.withheld] == [("e", "busy")]
    assert [(one.policy, one.did) for one in decision.restraints] == [("reach", "added")]
    calm = decided(rules, guards=[("calm", lambda *_: [])], bot__human_requested=True)
    assert ([one.params["to"] for one in humans(calm)], calm.restraints) == (["tier-2"], ())


def test_whoever_was_added_is_not_added_again_after_the_guards() -> None:
    def no_offers(actions: Any, _: Any) -> list[Veto]:
        return [Veto(action=one.id, why="no") for one in actions if one.type == "offer"]

    offer = Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("5.00")))
    gives = policy("offer", "recovery", ALWAYS, offer, events=frozenset({"bot.turn"}))
    decision = decided([human(status="shadow"), gives], guards=[("no", no_offers)], bot__human_requested=True)
    assert [one.status for one in decision.actions if one.type == "escalate"] == ["shadow"]


@pytest.mark.parametrize(
    ("at", "kind", "due"),
    [
        ("2026-03-02T11:00:00+00:00", "escalate", None),
        ("2026-03-02T18:00:00+00:00", "contact", "2026-03-03T10:00:00Z"),  # the very end of the day is after it
        ("2026-03-06T23:00:00+00:00", "contact", "2026-03-07T12:00:00Z"),  # Friday night: on Saturday at noon
        ("2026-03-02T08:00:00+00:00", "escalate", None),
    ],
)
def test_out_of_hours_somebody_calls_back(at: str, kind: str, due: str | None) -> None:
    rules = load([resources.rules_folder()], CATALOGUE)
    as_of = datetime.fromisoformat(at).astimezone(UTC)
    fields: dict[str, Any] = {"id": "e-1", "source": "test", "type": "bot.turn", "occurred_at": as_of}
    fields |= {"bot.human_requested": True, "channel": "chat", "actor.type": "bot", "case.id": "T-1"}
    chosen = [one for one in rules.policies if one.id in ("human-within-reach", "uk-support")]
    facts = Facts(fields=fields, as_of=as_of, history=EntryHistory(()))
    action = next(one for one in decide(facts, policy_set(chosen)).actions if one.type != "note")
    assert (action.type, action.params.get("due")) == (kind, due)
