"""Decisions as examples: what is given, what gives way, what is asked of a person, and what is said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from careengine.decide import decide
from careengine.decide.english import say_condition, say_decision
from careengine.decide.explain import explain
from careengine.model.condition import AllOf, AnyOf, HistoryTest, Not
from careengine.model.history import Entry, HistoryQuery
from careengine.model.policy import AmountBy, Escalation, Offer, OncePer, Recovery
from careengine.model.protection import Alert, Flag, Protection, Restriction
from tests.decide.worlds import NOW, facts, field_test, policy, policy_set, pounds

LATE = field_test("failure.type", "is", "late_delivery")
THREE_DAYS = field_test("failure.days_late", "at_least", 3)
LATE_AND_LONG = AllOf(pointer="/when", items=(LATE, THREE_DAYS))
WORLD: dict[str, Any] = {"failure.type": "late_delivery", "failure.days_late": 4, "case.id": "T-1"}
TEN_POUNDS = Recovery(steps=("apologise", "offer"), offer=Offer(family="goodwill", amount=pounds("10.00")))


def test_a_match_says_what_was_needed_and_found() -> None:
    decision = decide(facts(WORLD), policy_set([policy("late", "recovery", LATE_AND_LONG, TEN_POUNDS)]))
    (match,) = decision.matched
    assert [reason.says for reason in match.because] == [
        "the failure is late_delivery; it is late_delivery",
        "the delay is at least 3 days; it is 4",
    ]
    assert [(a.type, a.status, a.target) for a in decision.actions] == [
        ("apologise", "execute", "case:T-1"),
        ("offer", "execute", "case:T-1"),
        ("note", "execute", "case:T-1"),
    ]
    assert decision.actions[-1].params["text"] == (
        "What to do about e-1:\n"
        "- apologise to the customer\n"
        "- offer 10.00 GBP as goodwill\n"
        "Because of late (recovery):\n"
        "- the failure is late_delivery; it is late_delivery\n"
        "- the delay is at least 3 days; it is 4\n"
        f"careengine decision {decision.id}"
    )


def test_a_near_miss_says_what_one_change_would_do() -> None:
    world: dict[str, Any] = WORLD | {"failure.days_late": 2}
    decision = decide(facts(world), policy_set([policy("late", "recovery", LATE_AND_LONG, TEN_POUNDS)]))
    assert not decision.matched
    assert not decision.actions
    (miss,) = decision.near_misses
    assert (miss.policy, [need.says for need in miss.needs]) == ("late", ["the delay is at least 3 days; it is 2"])


def test_near_misses_come_nearest_first_and_at_most_five() -> None:
    members = [
        policy(f"p-{days}", "recovery", field_test("failure.days_late", "at_least", days), TEN_POUNDS)
        for days in range(5, 13)
    ]
    decision = decide(facts(WORLD), policy_set(members))
    assert [miss.policy for miss in decision.near_misses] == ["p-5", "p-6", "p-7", "p-8", "p-9"]


def test_two_false_conditions_are_no_near_miss() -> None:
    world: dict[str, Any] = {"failure.type": "billing_error", "failure.days_late": 2}
    decision = decide(facts(world), policy_set([policy("late", "recovery", LATE_AND_LONG, TEN_POUNDS)]))
    assert decision.near_misses == ()


def test_a_missing_fact_is_named_and_fires_nothing() -> None:
    decision = decide(
        facts({"failure.type": "late_delivery"}), policy_set([policy("l", "recovery", LATE_AND_LONG, TEN_POUNDS)])
    )
    assert decision.matched == ()
    assert [(u.policy, u.missing) for u in decision.unknown] == [("l", ("failure.days_late",))]


def test_unless_unknown_keeps_a_policy_from_firing() -> None:
    rule = policy("late", "recovery", LATE, TEN_POUNDS, unless=field_test("customer.tier", "is", "staff"))
    assert decide(facts(WORLD), policy_set([rule])).matched == ()
    assert decide(facts(WORLD | {"customer.tier": "gold"}), policy_set([rule])).matched
    spared = explain(facts(WORLD | {"customer.tier": "staff"}), rule)
    assert (spared.result, spared.why) == (
        "false",
        "its exception holds: the customer's tier is staff; it is staff",
    )


def _contacts(*ages: timedelta) -> list[Entry]:
    return [
        Entry(at=NOW - age, kind="interactions", ref=f"r-{n}", direction="inbound", issue="i-1")
        for n, age in enumerate(ages)
    ]


def _three(**more: Any) -> HistoryTest:
    query = HistoryQuery(
        function="count", kind="interactions", direction="inbound", same="issue", within=timedelta(days=7), **more
    )
    return HistoryTest(pointer="/when", query=query, operator="at_least", operand=3)


ESCALATE = Escalation(to="tier-2", level=1, priority="high", next_update=timedelta(hours=4), hand_over="warm")


def test_a_window_excludes_its_first_instant_and_includes_its_last() -> None:
    rule = policy_set([policy("thrice", "escalation", _three(), ESCALATE)])
    week, second = timedelta(days=7), timedelta(seconds=1)
    world = {"issue.id": "i-1"}
    assert not decide(facts(world, _contacts(week, timedelta(days=1), timedelta(0))), rule).matched
    assert decide(facts(world, _contacts(week - second, timedelta(days=1), timedelta(0))), rule).matched
    assert not decide(facts(world, _contacts(timedelta(days=1), timedelta(0), -second)), rule).matched


def test_contacts_close_together_are_one() -> None:
    rule = policy_set([policy("thrice", "escalation", _three(distinct_gap=timedelta(minutes=30)), ESCALATE)])
    world = {"issue.id": "i-1"}
    minutes = [timedelta(minutes=m) for m in (0, 29, 58)]
    assert not decide(facts(world, _contacts(*minutes)), rule).matched
    assert decide(facts(world, _contacts(*(m * 2 for m in minutes))), rule).matched != ()
    near = decide(facts(world, _contacts(*minutes)), rule).near_misses[0].needs[0]
    assert near.says == (
        "there are at least 3 inbound contacts on the same issue within 7 days, at least 30 minutes apart; there are 2"
    )


def test_same_is_unknown_when_the_event_has_none() -> None:
    decision = decide(facts({}), policy_set([policy("thrice", "escalation", _three(), ESCALATE)]))
    assert decision.unknown[0].missing == (_three().query.key,)


def test_what_was_undone_does_not_count() -> None:
    once = HistoryTest(
        pointer="/when", query=HistoryQuery(function="count", kind="offers"), operator="at_least", operand=1
    )
    rule = policy_set([policy("had-one", "recovery", once, TEN_POUNDS)])
    offered = Entry(at=NOW - timedelta(days=2), kind="offers", ref="a_1", status="offered")
    undone = Entry(at=NOW - timedelta(days=1), kind="offers", ref="a_1", status="reversed")
    assert decide(facts({}, [offered]), rule).matched
    assert not decide(facts({}, [offered, undone]), rule).matched
    later = Entry(at=NOW + timedelta(days=1), kind="offers", ref="a_1", status="reversed")
    assert decide(facts({}, [offered, later]), rule).matched


def test_a_sum_of_money_knows_its_currency() -> None:
    spent = HistoryTest(
        pointer="/when",
        query=HistoryQuery(function="sum", kind="offers"),
        operator="at_least",
        operand=pounds("20.00"),
    )
    rule = policy_set([policy("spent", "escalation", spent, ESCALATE)])

    def offers(*amounts: Any) -> list[Entry]:
        return [Entry(at=NOW, kind="offers", ref=f"a_{n}", amount=amount) for n, amount in enumerate(amounts)]

    euros = pounds("9.00").__class__(Decimal("9.00"), "EUR")
    assert decide(facts({}, offers(pounds("12.50"), pounds("7.50"))), rule).matched
    assert decide(facts({}, offers()), rule).near_misses
    assert decide(facts({}, offers(pounds("12.50"), euros)), rule).unknown


def test_once_per_withholds_the_second_time_with_why() -> None:
    rule = policy("late", "recovery", LATE, TEN_POUNDS, once_per=OncePer(same="case", within=timedelta(days=7)))
    acted = [Entry(at=NOW - timedelta(days=2), kind="decisions", ref="d_1", policy="late", case="T-1")]
    first, second = decide(facts(WORLD), policy_set([rule])), decide(facts(WORLD, acted), policy_set([rule]))
    elsewhere = decide(facts(WORLD | {"case.id": "T-2"}, acted), policy_set([rule]))
    assert first.actions
    assert elsewhere.actions
    assert (second.matched[0].policy, second.actions) == ("late", ())
    assert [(w.policy, w.why) for w in second.withheld] == [("late", "it acted for the same case within 7 days")]


def test_an_amount_that_cannot_be_said_is_a_question() -> None:
    by = AmountBy(field="failure.severity", amounts={"1": pounds("5.00"), "2": pounds("10.00")})
    rule = policy_set(
        [policy("late", "recovery", LATE, Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=by)))]
    )

    def offered(world: Any) -> tuple[str, Any, str]:
        action = decide(facts(world), rule).actions[0]
        return action.status, action.params["amount"], action.params["text"]

    assert offered(WORLD | {"failure.severity": 2})[:2] == ("execute", "10.00 GBP")
    assert offered(WORLD) == (
        "await_approval",
        None,
        "offer goodwill; the amount is open because failure.severity is not known; care-operations says yes or no",
    )
    assert offered(WORLD | {"failure.severity": 4})[:2] == ("await_approval", None)


def test_the_higher_priority_goes_first_and_the_loser_is_recorded() -> None:
    small = policy("a-small", "recovery", LATE, TEN_POUNDS, priority=60)
    large = policy(
        "b-large", "recovery", LATE, Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("50.00")))
    )
    decision = decide(facts(WORLD), policy_set([small, large]))
    assert [a.params["amount"] for a in decision.actions if a.type == "offer"] == ["10.00 GBP"]
    assert [(w.policy, w.by) for w in decision.withheld] == [("b-large", "a-small")]


def test_shadow_policies_neither_act_nor_push_live_ones_aside() -> None:
    live = policy("live", "recovery", LATE, TEN_POUNDS, priority=10)
    shadow = policy("shadow", "recovery", LATE, TEN_POUNDS, priority=90, status="shadow")
    decision = decide(facts(WORLD), policy_set([live, shadow]))
    assert [(a.type, a.status) for a in decision.actions] == [
        ("apologise", "execute"),
        ("offer", "execute"),
        ("apologise", "shadow"),
        ("offer", "shadow"),
        ("note", "execute"),
    ]
    assert len({a.id for a in decision.actions}) == 5
    assert "shadow" not in decision.actions[-1].params["text"]


def test_a_case_has_one_owner() -> None:
    recovery = policy("late", "recovery", LATE, Recovery(steps=("fix",), lead="recovery-lead"))
    escalation = policy("up", "escalation", LATE, ESCALATE)
    decision = decide(facts(WORLD), policy_set([recovery, escalation]))
    assert [a.type for a in decision.actions] == ["escalate", "fix", "note"]
    assert [(w.policy, w.by) for w in decision.withheld] == [("late", "up")]


KEPT = "what is owed, emergency contact, the statutory complaint route and reasonable adjustments are kept"


def test_protection_supports_at_once_and_only_proposes_restrictions() -> None:
    outcome = Protection(
        support=("may_end_contact", "may_take_break"),
        alert=Alert(to="duty-manager", within=timedelta(minutes=5)),
        flag=Flag(review_by="team-lead", within=timedelta(days=1)),
        restrict=Restriction(step="restricted_channel", decided_by="director", expires=timedelta(days=90)),
    )
    rule = policy("threat", "protection", field_test("incident.category", "is", "threat"), outcome)
    world: dict[str, Any] = {
        "incident.category": "threat",
        "incident.target": "E-7",
        "incident.evidence": ("call-5512",),
    }
    decision = decide(facts(world), policy_set([rule]))
    assert [(a.type, a.status, a.params["text"]) for a in decision.actions[:-1]] == [
        ("support", "execute", "the employee may end the contact, may take a break now"),
        ("alert", "execute", "tell duty-manager at once, who looks within 5 minutes"),
        ("flag", "propose", "team-lead reviews the conduct within 1 day"),
        ("restrict", "propose", f"director decides on a restricted channel that ends after 90 days; {KEPT}"),
    ]
    assert decision.actions[0].params["employee"] == "E-7"
    assert "for a person to decide: director" in say_decision(decision.to_json())


def test_a_policy_applies_from_its_first_instant_until_just_before_its_last() -> None:
    rule = policy("late", "recovery", LATE, TEN_POUNDS, effective_from=NOW, effective_until=NOW + timedelta(days=1))
    members = policy_set([rule])
    second = timedelta(seconds=1)
    assert decide(facts(WORLD, as_of=NOW), members).matched
    assert not decide(facts(WORLD, as_of=NOW - second), members).matched
    assert decide(facts(WORLD, as_of=NOW + timedelta(days=1) - second), members).matched
    assert not decide(facts(WORLD, as_of=NOW + timedelta(days=1)), members).matched
    assert explain(facts(WORLD, as_of=NOW - second), rule).why == "it is not in effect at that time"


def test_words_are_judged_and_never_shown() -> None:
    rule = policy("refund", "escalation", field_test("text", "contains", "refund"), ESCALATE)
    seen = facts({"text": "I want my REFUND, says Ada"})
    decision = decide(seen, policy_set([rule]))
    assert decision.matched[0].because[0].says == 'what was written or said contains "refund"; the words are not shown'
    assert "Ada" not in str(decision.to_json())
    assert seen.words.used == {"text contains refund": True}


def test_conditions_are_said_in_english() -> None:
    nested = AnyOf(pointer="", items=(LATE_AND_LONG, Not(pointer="", item=_three())))
    assert say_condition(nested) == (
        "(the failure is late_delivery and the delay is at least 3 days) or it is not so that "
        "there are at least 3 inbound contacts on the same issue within 7 days"
    )
    assert say_condition(field_test("failure.safety", "is", operand=False)) == (
        "it is not so that somebody's safety was at risk"
    )
    assert say_condition(field_test("customer.tier", "in", ("gold", "platinum"))) == (
        "the customer's tier is one of gold, platinum"
    )
