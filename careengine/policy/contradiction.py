"""Warns of tests under one `all` that exclude each other: no interaction could ever pass them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from careengine.model.condition import FieldTest
from careengine.model.pointer import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from careengine.model.condition import Condition
    from careengine.policy.findings import Findings

_NUMBERS = ("number", "integer")
_FIXED = ("text", "category", "boolean", "number", "integer")


def warn_of_contradictions(findings: Findings, items: Sequence[Condition]) -> None:
    """Look at the plain tests of each field among the items of one `all`."""
    by_field: dict[str, list[FieldTest]] = {}
    for item in items:
        if isinstance(item, FieldTest):
            by_field.setdefault(item.field.path, []).append(item)
    for path, tests in by_field.items():
        if len(tests) > 1 and _excluded(tests):
            lines = ", ".join(str(findings.document.place(test.pointer)[0]) for test in tests[:-1])
            message = f"this and the test of `{path}` in line {lines} can never be true together"
            findings.warn("CE504", join(tests[-1].pointer, tests[-1].operator), message, "use `any:`, or `in: […]`")


def _excluded(tests: Sequence[FieldTest]) -> bool:
    kind = tests[0].field.type
    if kind in _FIXED and (values := _values(tests)) is not None:
        return not any(_within(tests, value) for value in values)
    if kind in _NUMBERS:
        low, high = _span(tests)
        return low > high
    return False


def _values(tests: Iterable[FieldTest]) -> set[Any] | None:
    """The values that all `is` and `in` tests leave; None when there are no such tests."""
    sets = [{*_many(test.operand)} for test in tests if test.operator in ("is", "in")]
    return set.intersection(*sets) if sets else None


def _within(tests: Sequence[FieldTest], value: Any) -> bool:
    without = (test for test in tests if test.operator in ("is_not", "not_in"))
    if any(value in _many(test.operand) for test in without):
        return False
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return True
    low, high = _span(tests)
    return low <= value <= high


def _span(tests: Iterable[FieldTest]) -> tuple[float, float]:
    """The lowest and highest number that the comparisons leave; the ends of open ranges are counted in."""
    low, high = -inf, inf
    for test in tests:
        if test.operator in ("at_least", "more_than", "between"):
            low = max(low, _many(test.operand)[0])
        if test.operator in ("at_most", "less_than", "between"):
            high = min(high, _many(test.operand)[-1])
    return low, high


def _many(operand: Any) -> tuple[Any, ...]:
    return operand if isinstance(operand, tuple) else (operand,)
