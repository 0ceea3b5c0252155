"""How far facts are from what a condition asks, from 0 (there) to 1: which near miss is the nearest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.operators import ask_field, judge_history
from careengine.model.value import Moment, Money

if TYPE_CHECKING:
    from careengine.model.condition import Condition, Test
    from careengine.model.facts import Facts

_HUGE = 1e300  # beyond this a distance says nothing, and a whole number may not fit a float
_LEAST = 1e-9  # what is at its bound but not so, such as 5 that must not be 5, is still farther than what is so
_DAY = timedelta(days=1)


def how_far(condition: Condition, facts: Facts, *, want: bool = True) -> float:
    """How far a condition is from being what is wanted, from 0 (it is) to 1 (far, unknown, or not to be measured).

    Of several ways the shortest counts, and where all of them must be gone, their sum.
    """
    if isinstance(condition, (FieldTest, HistoryTest)):
        return _how_far_test(condition, facts, want=want)
    if isinstance(condition, Not):
        return how_far(condition.item, facts, want=not want)
    each = (how_far(item, facts, want=want) for item in condition.items)
    return min(1.0, sum(each)) if isinstance(condition, AllOf) is want else min(each)


def _how_far_test(test: Test, facts: Facts, *, want: bool) -> float:
    found: Any
    if isinstance(test, FieldTest):
        found, answer = facts.fields.get(test.field.path), ask_field(test, facts)
    else:
        found = facts.history.ask(test.query, facts.fields, facts.as_of)
        answer = judge_history(test, found)
    if answer is want:
        return 0.0
    if answer is None:
        return 1.0
    if not isinstance(test.operand, tuple):
        return max(_LEAST, step(found, test.operand, facts.as_of))
    # A value leaves a range, or enters it, over the nearer of its bounds; so it is with the members of a list.
    return max(_LEAST, min(step(found, bound, facts.as_of) for bound in test.operand))


def step(have: Any, need: Any, as_of: datetime) -> float:
    """How far it is from one value to another, from 0 to 1; 1 for what is no number, money or instant.

    It is relative to the greater of the two, an instant being so many days before or after `as_of`.
    """
    start, end = _as_number(have, as_of), _as_number(need, as_of)
    if start is None or end is None:
        return 1.0
    return min(1.0, abs(end - start) / max(abs(end), abs(start), 1.0))


def _as_number(value: Any, as_of: datetime) -> float | None:
    kind = type(value)
    if kind is int or kind is float:  # nearly always
        return float(value) if abs(value) < _HUGE else None
    if isinstance(value, Money):
        return float(value.amount)
    if isinstance(value, Moment):
        value = value.at(as_of)
    return (value - as_of) / _DAY if isinstance(value, datetime) else None
