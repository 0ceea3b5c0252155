"""Every shape of a test, read aloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from careengine.decide import decide
from careengine.decide.english import say_decision, say_test
from careengine.decide.explain import explain
from careengine.model.condition import AllOf, AnyOf, HistoryTest, Not
from careengine.model.history import HistoryQuery
from careengine.model.policy import Recovery
from careengine.model.value import Moment
from tests.decide.worlds import facts, field_test, policy, policy_set, pounds

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("path", "operator", "operand", "said"),
    [
        ("failure.days_late", "at_least", 1, "the delay is at least 1 day"),
        ("failure.days_late", "between", (1, 5), "the delay is between 1 and 5 days"),
        ("failure.days_late", "in", (1,), "the delay is 1 day"),
        ("failure.days_late", "present", False, "the delay is not known"),
        ("failure.fault", "in", ("company",), "the party at fault is company"),
        ("failure.fault", "not_in", ("company",), "the party at fault is not company"),
        ("failure.fault", "not_in", ("company", "customer"), "the party at fault is none of company, customer"),
        ("failure.safety", "is_not", True, "it is not so that somebody's safety was at risk"),
        ("failure.safety", "present", True, "it is known whether somebody's safety was at risk"),
        ("text", "contains", "money back", 'what was written or said contains "money back"'),
        ("text", "contains_any", ("a", "b"), 'what was written or said contains any of "a", "b"'),
        ("text", "matches", "(?i)x", 'what was written or said matches the pattern "(?i)x"'),
        ("case.tags", "contains", "vip", "the case's tags contain vip"),
        ("case.tags", "contains_all", ("vip", "press"), "the case's tags contain all of vip, press"),
        ("case.tags", "present", True, "the case's tags are known"),
        ("incident.evidence", "present", True, "the evidence is known"),
        ("order.total", "more_than", pounds("5.00"), "the order's total is more than 5.00 GBP"),
        ("promise.due_at", "before", Moment(shift=-2 * DAY), "the time the promise is due is more than 2 days ago"),
        ("promise.due_at", "after", Moment(shift=-2 * DAY), "the time the promise is due is later than 2 days ago"),
        ("promise.due_at", "before", Moment(shift=DAY), "the time the promise is due is earlier than 1 day from now"),
        ("promise.due_at", "after", Moment(shift=DAY), "the time the promise is due is more than 1 day from now"),
        ("promise.due_at", "before", Moment(), "the time the promise is due is past"),
        ("promise.due_at", "after", Moment(), "the time the promise is due is still to come"),
        (
            "promise.due_at",
            "after",
            Moment(fixed=datetime(2026, 1, 1, tzinfo=UTC)),
            "the time the promise is due is after 2026-01-01T00:00:00Z",
        ),
    ],
)
def test_a_test_of_a_field_is_said_in_english(path: str, operator: str, operand: Any, said: str) -> None:
    assert say_test(field_test(path, operator, operand)) == said


@pytest.mark.parametrize(
    ("operator", "operand", "said"),
    [
        ("at_least", 1, "there is at least 1 goodwill offer within 60 days"),
        ("at_least", 2, "there are at least 2 goodwill offers within 60 days"),
        ("less_than", 2, "there are fewer than 2 goodwill offers within 60 days"),
        ("between", (1, 3), "there are between 1 and 3 goodwill offers within 60 days"),
        ("is", 2, "there are exactly 2 goodwill offers within 60 days"),
        ("is", 0, "there are no goodwill offers within 60 days"),
        ("at_most", 0, "there are no goodwill offers within 60 days"),
        ("less_than", 1, "there are no goodwill offers within 60 days"),
    ],
)
def test_a_count_is_said_in_english(operator: str, operand: Any, said: str) -> None:
    query = HistoryQuery(function="count", kind="offers", family="goodwill", within=60 * DAY)
    assert say_test(HistoryTest(pointer="", query=query, operator=operator, operand=operand)) == said


def test_only_what_leaves_a_policy_open_is_named_as_missing() -> None:
    late, gold = field_test("failure.type", "is", "late_delivery"), field_test("customer.tier", "is", "gold")
    days, safe = field_test("failure.days_late", "at_least", 3), field_test("failure.safety", "is", operand=True)
    settled = AnyOf(pointer="", items=(late, days))  # the type decides it, whatever the delay
    when = AllOf(
        pointer="",
        items=(settled, AnyOf(pointer="", items=(gold, AllOf(pointer="", items=(Not(pointer="", item=late), safe))))),
    )
    explanation = explain(
        facts({"failure.type": "late_delivery"}), policy("p", "recovery", when, Recovery(steps=("fix",)))
    )
    assert explanation.result == "unknown"
    assert explanation.why == "not known: the customer's tier is gold; it is not known"


def test_a_near_miss_says_what_it_needs_also_where_something_must_not_be_so() -> None:
    gold, late = field_test("customer.tier", "is", "gold"), field_test("failure.days_late", "at_least", 3)
    members = [
        policy("p-late", "recovery", late, Recovery(steps=("fix",))),
        policy(
            "p-not-gold", "recovery", field_test("failure.type", "is", "outage"), Recovery(steps=("fix",)), unless=gold
        ),
    ]
    seen = facts({"failure.days_late": 2, "failure.type": "outage", "customer.tier": "gold"})
    said = say_decision(decide(seen, policy_set(members)).to_json()).splitlines()
    assert "Nearly: p-late needs: the delay is at least 3 days; it is 2" in said
    assert "Nearly: p-not-gold needs: it is not so that the customer's tier is gold; it is gold" in said
