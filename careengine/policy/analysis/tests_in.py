"""The tests in a policy, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest, HistoryTest, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Policy


def tests_in(policy: Policy) -> Iterator[Test]:
    """Every test of `when` and `unless`, in the order of the file."""
    for condition in (policy.when, policy.unless):
        if condition is not None:
            yield from tests_below(condition)


def tests_below(condition: Condition) -> Iterator[Test]:
    """Every test of one condition."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_below(condition.item)
    else:
        for item in condition.items:
            yield from tests_below(item)
