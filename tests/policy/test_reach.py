"""Every path reaches a human: what `check` proves, held against what is decided on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.model.anti_deflection import ON_THE_WAY, AntiDeflection, Reach
from careengine.model.condition import AllOf, AnyOf, HistoryTest, Not
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import HistoryQuery
from careengine.model.policy import Escalation, OncePer
from careengine.model.table import Row, Table
from careengine.policy import loader
from careengine.policy.analysis.reach import stuck_paths
from tests.decide.worlds import CATALOGUE, FIELDS, NOW, conditions, field_test, field_tests, policy, policy_set
from tests.policy.bench import ANTI_DEFLECTION, AS_OF, ESCALATION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.condition import Condition
    from careengine.model.policy import Policy
    from careengine.policy.analysis.finding import Finding
    from tests.policy.bench import Bench

WEEK = timedelta(days=7)
ALWAYS = AllOf(pointer="/when", items=())
ASKED = field_test("bot.human_requested", "is", True)


def turns(count: int) -> Condition:
    return field_test("bot.unresolved_turns", "at_least", count)


def promise(*triggers: Condition, within: int = 2, channels: tuple[str, ...] = ("chat",), **more: Any) -> Policy:
    condition = AnyOf(pointer="/human", items=triggers or (ASKED, turns(within)))
    reach = Reach(within_turns=within, channels=channels)
    outcome = AntiDeflection(condition=condition, to="live-agent", reach=reach, bots=more.pop("bots", ()))
    return policy("reach", "anti_deflection", more.pop("when", ALWAYS), outcome, events=frozenset(), **more)


def escalation(name: str, when: Condition, to: str = "lead", **more: Any) -> Policy:
    outcome = Escalation(to=to, level=more.pop("level", 1))
    return policy(name, "escalation", when, outcome, events=more.pop("events", frozenset(ON_THE_WAY)), **more)


def found(*policies: Policy, roles: Sequence[str] = ()) -> list[Finding]:
    return list(stuck_paths(policies, CATALOGUE, NOW, roles))


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
        done = [action for action in actions if action.type in ("escalate", "contact") and action.status == "execute"]
        if any(action.params["to"] != "robot" for action in done):
            return True
    return False


BOT: dict[str, Any] = {"type": "bot.turn", "actor.type": "bot"}
ASKING: list[dict[str, Any]] = [{**BOT, "bot.human_requested": True, "bot.unresolved_turns": 0}]
ASKING_LATE = [{**BOT, "bot.human_requested": True, "bot.unresolved_turns": 1, "direction": "outbound"}]
ASKING_TERSELY: list[dict[str, Any]] = [{**BOT, "bot.human_requested": True}]
CONTACT: dict[str, Any] = {"type": "interaction.received", "direction": "inbound", "actor.type": "customer"}
LOST = [CONTACT, *({**BOT, "bot.human_requested": False, "bot.unresolved_turns": turn} for turn in (1, 2))]
LOST_TERSELY = [CONTACT, *({**BOT, "bot.unresolved_turns": turn} for turn in (1, 2))]
LOST_OUTBOUND = [CONTACT, *({**turn, "direction": "outbound"} for turn in LOST[1:])]
ASKED_FOR, LED_NOWHERE = (ASKING, ASKING_LATE, ASKING_TERSELY), (LOST, LOST_TERSELY, LOST_OUTBOUND)
OUT = field_test("direction", "is", "outbound")
LEAVES = st.one_of(field_tests(), st.sampled_from([ASKED, turns(1), turns(2), OUT]))


@settings(max_examples=120, deadline=None)
@given(
    when=st.one_of(st.just(ALWAYS), conditions(LEAVES)),
    unless=st.one_of(st.none(), conditions(LEAVES)),
    others=st.lists(
        st.tuples(conditions(LEAVES), st.one_of(st.none(), conditions(LEAVES)), st.sampled_from(["lead", "robot"])),
        max_size=2,
    ),
    level=st.integers(1, 2),
    fields=st.lists(FIELDS, max_size=6),
)
def test_what_is_proven_holds_and_what_is_shown_is_so(
    when: Condition,
    unless: Condition | None,
    others: list[tuple[Condition, Condition | None, str]],
    level: int,
    fields: list[Mapping[str, Any]],
) -> None:
    policies = [promise(when=when, unless=unless, bots=("robot",))]
    levels = {"lead": 1, "robot": level}
    policies += [escalation(f"e-{n}", must, to, level=levels[to], unless=b) for n, (must, b, to) in enumerate(others)]
    findings = found(*policies)
    if not findings:
        assert all(reaches(policies, facts, path) for facts in [{}, *fields] for path in (*ASKED_FOR, *LED_NOWHERE))
    for finding in findings:
        if finding.example is not None:
            about = {
                name: value
                for name, value in finding.example.fields.items()
                if name not in ("direction", "actor.type", "bot.human_requested", "bot.unresolved_turns", "type")
            }
            paths = ASKED_FOR if "asks the bot" in finding.message else LED_NOWHERE
            assert not all(reaches(policies, about, path) for path in paths)


GOLD = field_test("customer.tier", "is", "gold")
NOT_GOLD = Not(pointer="/when", item=GOLD)
INBOUND = field_test("direction", "is", "inbound")


def both(*items: Condition) -> Condition:
    return AllOf(pointer="/when", items=items)


def either(*items: Condition) -> Condition:
    return AnyOf(pointer="/when", items=items)


def of_lost(*others: Policy, roles: Sequence[str] = (), **more: Any) -> list[str]:
    """What is said where the promise itself only brings in a human when one is asked for."""
    return [one.message for one in found(promise(ASKED, **more), *others, roles=roles)]


@pytest.mark.parametrize(
    "when",
    [
        both(turns(2), either(INBOUND, GOLD)),  # a bot may not say in which direction it spoke
        both(turns(2), either(field_test("bot.human_requested", "is", False), GOLD)),  # nor that nobody was asked for
        both(turns(2), field_test("direction", "is_not", "outbound")),
        both(turns(2), field_test("direction", "present", False)),
        both(turns(2), field_test("direction", "present", True)),
        both(turns(1), NOT_GOLD),  # a tier that is not known is not one that is not gold
        both(turns(2), GOLD, field_test("customer.tier", "is", "silver")),
    ],
)
def test_what_only_some_bots_tell_is_not_relied_on(when: Condition) -> None:
    (message,) = of_lost(escalation("e", when))
    assert message.endswith(": nobody is brought in")


def test_contradictory_ways_are_none_and_ways_that_make_a_whole_are_all() -> None:
    known = field_test("customer.tier", "present", True)
    three = [escalation("a", both(turns(2), GOLD)), escalation("b", both(turns(2), NOT_GOLD))]
    assert of_lost(*three), "whoever has no tier is stuck"
    assert of_lost(*three, escalation("c", both(turns(2), Not(pointer="/when", item=known)))) == []


def test_somebody_who_asks_late_is_brought_to_a_human() -> None:
    early = both(ASKED, field_test("bot.unresolved_turns", "at_most", 0))
    (finding,) = found(promise(turns(2)), escalation("e", early))
    assert finding.message.startswith("on chat, a customer who asks the bot for a human")
    assert found(promise(turns(2)), escalation("e", ASKED)) == []


def test_a_bot_is_no_human_and_nor_is_a_role_of_nobody() -> None:
    assert of_lost(escalation("e", turns(2), to="virtual-agent")) == []
    assert of_lost(escalation("e", turns(2), to="virtual-agent"), bots=("virtual-agent", "night-bot"))
    assert of_lost(escalation("e", turns(2)), roles=["lead", "live-agent"]) == []
    assert of_lost(escalation("e", turns(2)), roles=["leads", "live-agent"])


@pytest.mark.parametrize(
    ("robot", "told"),
    [
        ({"level": 3}, "when `customer.tier` is gold"),
        ({"level": 1}, "when `customer.tier` is gold"),  # of equals the one with the lower id stands
        ({"level": 1, "priority": 0}, None),
        (
            {"level": 3, "once_per": OncePer(same="case", within=WEEK)},
            "when `customer.tier` is gold",
        ),  # the first time it acts
        ({"level": 3, "unless": ASKED}, "when `customer.tier` is gold"),
        ({"level": 3, "unless": turns(0)}, None),  # by then it is not at work
        ({"level": 3, "unless": field_test("customer.tier", "is", "gold")}, None),
        ({"level": 3, "status": "shadow"}, None),
        ({"level": 3, "events": frozenset({"interaction.received"})}, None),  # a human is brought in a turn later
        ({"level": 3, "effective_until": NOW - WEEK}, None),
    ],
)
def test_an_escalation_to_a_bot_that_goes_first_keeps_the_human_away(robot: dict[str, Any], told: str | None) -> None:
    human, rival = escalation("human", turns(1)), escalation("e", GOLD, to="robot", **robot)
    messages = of_lost(human, rival, bots=("robot",))
    assert [told in message for message in messages if told] == [True] * bool(told)
    assert bool(messages) is bool(told)
    gold = {"customer.tier": "gold"}
    assert all(reaches([promise(ASKED, bots=("robot",)), human, rival], gold, path) for path in LED_NOWHERE) is (
        told is None
    )


def test_a_promise_that_brings_in_somebody_itself_fears_no_bot() -> None:
    rival = escalation("e", GOLD, to="robot", level=3)
    assert found(promise(bots=("robot",)), rival) == []


def test_bots_that_hand_over_to_each_other_reach_nobody() -> None:
    day, night = field_test("customer.tier", "present", True), field_test("customer.tier", "present", False)
    loop = [escalation("a", both(turns(2), day), to="bot-a"), escalation("b", both(turns(2), night), to="bot-b")]
    assert of_lost(*loop) == []
    assert of_lost(*loop, bots=("bot-a", "bot-b"))


@pytest.mark.parametrize(
    ("of_policy", "of_promise", "holds"),
    [
        ((None, None), (None, None), True),
        ((-WEEK, None), (None, None), True),
        ((WEEK, None), (None, None), False),
        ((None, WEEK), (None, None), False),
        ((None, -WEEK), (None, None), False),
        ((WEEK, None), (WEEK, None), True),
        ((WEEK, None), (2 * WEEK, None), True),
        ((2 * WEEK, None), (WEEK, None), False),
        ((None, WEEK), (None, WEEK), True),
        ((None, WEEK), (None, 2 * WEEK), False),
        ((WEEK, None), (None, -WEEK), True),  # the promise is over
    ],
)
def test_what_is_off_by_date_is_relied_on_as_long_as_it_is_there(
    of_policy: tuple[timedelta | None, ...],
    of_promise: tuple[timedelta | None, ...],
    holds: bool,  # noqa: FBT001  pytest's
) -> None:
    def dates(span: tuple[timedelta | None, ...]) -> dict[str, Any]:
        start, end = (NOW + one if one is not None else None for one in span)
        return {"effective_from": start, "effective_until": end}

    assert (of_lost(escalation("e", turns(2), **dates(of_policy)), **dates(of_promise)) == []) is holds


def rows(hit: str, *conditions: Condition) -> Policy:
    made = tuple(
        Row(cells=() if one is ALWAYS else (one,), outcome=Escalation(to="lead", level=1)) for one in conditions
    )
    table = Table(hit=hit, shared=turns(2), inputs=("customer.tier",), outputs=("escalate.level",), rows=made)
    return policy("table", "escalation", table.when, table, events=frozenset(ON_THE_WAY))


@pytest.mark.parametrize(
    ("hit", "conditions", "holds"),
    [
        ("collect", (ALWAYS,), True),
        ("collect", (GOLD, ALWAYS), True),
        ("collect", (GOLD, NOT_GOLD), False),
        ("first", (ALWAYS, GOLD), True),
        ("first", (GOLD, ALWAYS), False),  # of whom no tier is known the first row is not known to be false
        ("first", (field_test("customer.tier", "present", True), ALWAYS), True),
        ("unique", (field_test("customer.tier", "present", True), field_test("customer.tier", "present", False)), True),
        ("unique", (ALWAYS, GOLD), False),
    ],
)
def test_rows_are_relied_on_as_their_hit_policy_has_them_act(
    hit: str,
    conditions: tuple[Condition, ...],
    holds: bool,  # noqa: FBT001  pytest's
) -> None:
    table = rows(hit, *conditions)
    assert (of_lost(table) == []) is holds
    tiers: list[dict[str, Any]] = [{}, {"customer.tier": "gold"}, {"customer.tier": "silver"}]
    assert all(reaches([promise(ASKED), table], tier, LOST) for tier in tiers) is holds


def test_in_rule_files_with_the_roles_of_the_settings(bench: Bench) -> None:
    guard = ANTI_DEFLECTION.replace("status: shadow", "status: live").replace("after_bot_turns: 2, ", "")
    lost = ESCALATION.replace("status: shadow", "status: live").replace(
        "{field: bot.human_requested, is: true}", "{field: bot.unresolved_turns, at_least: 2}"
    )
    bench.write("human.yaml", guard)
    bench.write("asked-for-a-person.yaml", lost)

    def codes(*roles: str) -> list[tuple[str, str]]:
        problems = loader.check([bench.folder], bench.catalogue, as_of=AS_OF, roles=roles)
        return sorted((one.code, one.pointer) for one in problems if one.severity == "error")

    roles = ("care", "care-operations", "live-agent", "virtual-agent", "team-lead")
    assert codes() == codes(*roles) == []
    assert codes(*roles[:-1]) == [("CE376", "/reach"), ("CE717", "/escalate/to")]
    bench.write("asked-for-a-person.yaml", lost.replace("team-lead", "virtual-agent"))
    assert codes(*roles) == [("CE376", "/reach")]
    bench.write("asked-for-a-person.yaml", lost.replace("status: live", "status: live\neffective: {from: 2027-01-01}"))
    assert codes() == [("CE376", "/reach")]
