"""How far facts are from a condition: the nearest way there counts, in the measure of the value."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from careengine.decide import decide
from careengine.decide.logic import evaluate
from careengine.model.condition import AllOf, AnyOf, Condition, HistoryTest, Not
from careengine.model.distance import how_far
from careengine.model.history import HistoryQuery
from careengine.model.policy import Recovery
from careengine.model.value import Moment
from tests.decide.worlds import (
    ENTRIES,
    HOSTILE_FIELDS,
    NOW,
    conditions,
    facts,
    field_test,
    policy,
    policy_set,
    pounds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.history import Entry
    from careengine.model.value import Value

HOUR = timedelta(hours=1)


def _late(operator: str, operand: Any) -> Condition:
    return field_test("failure.days_late", operator, operand)


def _any(*items: Condition) -> AnyOf:
    return AnyOf(pointer="", items=items)


def _all(*items: Condition) -> AllOf:
    return AllOf(pointer="", items=items)


SILVER = field_test("customer.tier", "is", "silver")
CONTACTS = HistoryTest(
    pointer="",
    query=HistoryQuery(function="count", kind="interactions"),
    operator="between",
    operand=(1, 3),
)
WORLD: Mapping[str, Value] = {
    "failure.days_late": 9,
    "customer.tier": "gold",
    "promise.due_at": NOW + 2 * HOUR,
    "customer.lifetime_value": pounds("9"),
}


@pytest.mark.parametrize(
    ("condition", "far"),
    [
        (_late("at_least", 10), 0.1),
        (_late("between", (10, 20)), 0.1),
        (_late("between", (1, 8)), 1 / 9),
        (_late("in", (1, 10, 100)), 0.1),
        (_late("not_in", (1, 9)), 1e-9),
        (_late("at_least", 84), 75 / 84),
        (field_test("customer.lifetime_value", "in", (pounds("10"), pounds("1"))), 0.1),
        (_any(SILVER, _late("at_least", 10)), 0.1),
        (_all(_late("at_least", 10), _late("at_least", 12)), 0.1 + 0.25),
        (_all(SILVER, _late("at_least", 10)), 1.0),
        (Not(pointer="", item=_any(_late("at_most", 9), _late("between", (8, 12)))), 1e-9 + 1 / 9),
        (Not(pointer="", item=_all(Not(pointer="", item=SILVER), _late("at_least", 6))), 1 / 3),
        (field_test("promise.due_at", "before", Moment()), 1 / 12),
        (field_test("promise.due_at", "after", Moment(shift=4 * HOUR)), 1 / 12),
        (field_test("promise.due_at", "after", Moment(fixed=NOW + timedelta(days=8))), (8 - 1 / 12) / 8),
        (CONTACTS, 1.0),
        (_late("at_least", 9), 0.0),
        (SILVER, 1.0),
        (field_test("failure.severity", "at_least", 1), 1.0),
    ],
)
def test_the_nearest_bound_member_or_way_counts(condition: Condition, far: float) -> None:
    assert how_far(condition, facts(WORLD)) == pytest.approx(far)


@pytest.mark.parametrize(
    "near",
    [
        _late("between", (10, 20)),
        _late("in", (10,)),
        _any(SILVER, _late("at_least", 10)),
        _all(_late("at_least", 1), _any(SILVER, _late("in", (10, 70)))),
        field_test("promise.due_at", "before", Moment()),
        field_test("customer.lifetime_value", "in", (pounds("10"), pounds("100"))),
    ],
)
def test_a_near_one_is_told_before_a_far_one_whatever_it_asks_with(near: Condition) -> None:
    rules = [("b-near", near), ("a-far", _late("at_least", 84)), ("c-farther", _late("in", (99,)))]
    members = policy_set([policy(name, "recovery", when, Recovery(steps=("fix",))) for name, when in rules])
    misses = decide(facts(WORLD), members).near_misses
    assert [miss.policy for miss in misses] == ["b-near", "a-far", "c-farther"]


@given(conditions(), HOSTILE_FIELDS, ENTRIES)
def test_only_what_is_true_is_no_distance_away(
    condition: Condition, fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    seen = facts(fields, entries)
    assert 0 <= how_far(condition, seen) <= 1
    assert (how_far(condition, seen) == 0) is (evaluate(condition, seen) is True)
