"""Every path reaches a human: what `check` proves, held against what is decided on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.model.anti_deflection import ON_THE_WAY, AntiDeflection, Reach
from careengine.model.condition import AllOf, AnyOf, HistoryTest
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import HistoryQuery
from careengine.model.policy import Escalation, OncePer
from careengine.policy.analysis.reach import stuck_paths
from tests.decide.worlds import CATALOGUE, FIELDS, NOW, conditions, field_test, field_tests, policy, policy_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.condition import Condition
    from careengine.model.policy import Policy
    from careengine.policy.analysis.finding import Finding

WEEK = timedelta(days=7)
ALWAYS = AllOf(pointer="/when", items=())
ASKED = field_test("bot.human_requested", "is", True)


def turns(count: int) -> Condition:
    return field_test("bot.unresolved_turns", "at_least", count)


def promise(*triggers: Condition, within: int = 2, channels: tuple[str, ...] = ("chat",), **more: Any) -> Policy:
    condition = AnyOf(pointer="/human", items=triggers or (ASKED, turns(within)))
    reach = Reach(within_turns=within, channels=channels)
    outcome = AntiDeflection(condition=condition, to="live-agent", reach=reach)
    return policy("reach", "anti_deflection", more.pop("when", ALWAYS), outcome, events=frozenset(), **more)


def escalation(name: str, when: Condition, **more: Any) -> Policy:
    return policy(name, "escalation", when, Escalation(to="lead", level=1), events=frozenset(ON_THE_WAY), **more)


def found(*policies: Policy) -> list[Finding]:
    return list(stuck_paths(policies, CATALOGUE))


def test_a_promise_that_is_kept_is_not_told() -> None:
    assert found(promise()) == []


def test_a_human_who_was_brought_in_before_is_there() -> None:
    query = HistoryQuery(function="count", kind="escalations", same="case", within=WEEK)
    brought = HistoryTest(pointer="/unless", query=query, operator="at_least", operand=1)
    assert found(promise(unless=brought)) == []


@pytest.mark.parametrize(
    ("policies", "path", "given_that"),
    [
        ([promise(turns(2))], "a customer who asks the bot for a human", ""),
        ([promise(ASKED)], "a contact and then 2 bot turns that lead nowhere", ""),
        ([promise(ASKED, turns(3))], "a contact and then 2 bot turns that lead nowhere", ""),
        (
            [promise(unless=field_test("customer.tier", "is", "gold"))],
            "a customer who asks the bot for a human",
            "`customer.tier` is gold",
        ),
        (
            [promise(when=field_test("customer.tier", "is", "gold"))],
            "a customer who asks the bot for a human",
            "`customer.tier` is",
        ),
        (
            [promise(ASKED), escalation("e", field_test("failure.severity", "at_least", 3))],
            "a contact and then 2 bot turns that lead nowhere",
            "",
        ),
        (
            [promise(ASKED), escalation("e", turns(2), once_per=OncePer(same="case", within=WEEK))],
            "a contact and then 2 bot turns that lead nowhere",
            "",
        ),
        (
            [promise(ASKED), escalation("e", turns(2), status="shadow")],
            "a contact and then 2 bot turns that lead nowhere",
            "",
        ),
    ],
)
def test_the_path_that_is_stuck_is_shown(policies: Sequence[Policy], path: str, given_that: str) -> None:
    (finding,) = found(*policies)
    assert (finding.code, finding.severity, finding.pointer) == ("CE376", "error", "/reach")
    assert finding.message.startswith(f"on chat, {path}")
    assert given_that in finding.message
    assert finding.message.endswith(": nobody is brought in")
    assert finding.example is not None


def test_escalations_and_guardrails_together_keep_a_promise() -> None:
    gold = field_test("customer.tier", "is", "gold")
    stuck = promise(unless=gold)
    assert found(stuck)
    either = AllOf(pointer="/when", items=(gold, AnyOf(pointer="/when", items=(ASKED, turns(1)))))
    assert found(stuck, escalation("e", either)) == []
    assert found(stuck, escalation("e", AllOf(pointer="/when", items=(gold, ASKED))))


def test_a_promise_about_one_channel_is_none_about_others() -> None:
    chat = field_test("channel", "is", "chat")
    assert found(promise(when=chat)) == []
    (finding,) = found(promise(when=chat, channels=("chat", "phone")))
    assert finding.message.startswith("on phone, ")


def test_what_cannot_be_compared_is_said_and_not_guessed() -> None:
    words = field_test("case.subject", "matches", "(?i)refund")
    always = AnyOf(pointer="/when", items=(words, field_test("case.subject", "present", False)))
    (finding,) = found(promise(ASKED), escalation("e", AllOf(pointer="/when", items=(turns(1), always))))
    assert finding.severity in ("warning", "error")
    assert ("could not be proven" in finding.message) is (finding.severity == "warning")


def reaches(policies: Sequence[Policy], fields: Mapping[str, Any], path: Sequence[Mapping[str, Any]]) -> bool:
    """Whether somebody is brought in on the way, by the one `decide()`."""
    base: dict[str, Any] = {"id": "e-1", "source": "test", "occurred_at": NOW, "channel": "chat"}
    rules = policy_set(sorted(policies, key=lambda one: one.id))
    for event in path:
        facts = Facts(fields={**base, **fields, **event}, as_of=NOW, history=EntryHistory(()))
        actions = decide(facts, rules).actions
        if any(action.type in ("escalate", "contact") and action.status == "execute" for action in actions):
            return True
    return False


BOT: dict[str, Any] = {"type": "bot.turn", "actor.type": "bot"}
ASKING: list[dict[str, Any]] = [{**BOT, "bot.human_requested": True, "bot.unresolved_turns": 0}]
LOST: list[dict[str, Any]] = [
    {"type": "interaction.received", "direction": "inbound", "actor.type": "customer", "bot.human_requested": False},
    *({**BOT, "bot.human_requested": False, "bot.unresolved_turns": turn} for turn in (1, 2)),
]
LEAVES = st.one_of(field_tests(), st.sampled_from([ASKED, turns(1), turns(2)]))


@settings(max_examples=120, deadline=None)
@given(
    when=st.one_of(st.just(ALWAYS), conditions(LEAVES)),
    unless=st.one_of(st.none(), conditions(LEAVES)),
    others=st.lists(st.tuples(conditions(LEAVES), st.one_of(st.none(), conditions(LEAVES))), max_size=2),
    fields=st.lists(FIELDS, max_size=6),
)
def test_what_is_proven_holds_and_what_is_shown_is_so(
    when: Condition,
    unless: Condition | None,
    others: list[tuple[Condition, Condition | None]],
    fields: list[Mapping[str, Any]],
) -> None:
    policies = [promise(when=when, unless=unless)]
    policies += [escalation(f"e-{n}", must, unless=but) for n, (must, but) in enumerate(others)]
    findings = found(*policies)
    if not findings:
        assert all(reaches(policies, facts, path) for facts in [{}, *fields] for path in (ASKING, LOST))
    for finding in findings:
        if finding.example is not None:
            about = {
                name: value
                for name, value in finding.example.fields.items()
                if name not in ("direction", "actor.type", "bot.human_requested", "bot.unresolved_turns", "type")
            }
            assert not reaches(policies, about, ASKING if "asks the bot" in finding.message else LOST)
