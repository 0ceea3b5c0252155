"""JsonLogic as both its Python packages are given it: an `and` for each rule, strict equality.

All rules as one list are logic, too, and give a list of booleans in one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.rule import Rule, Test

_SYMBOLS = {"is": "===", "is_not": "!==", "at_least": ">=", "at_most": "<="}


def logic(rule: Rule) -> dict[str, Any]:
    """One rule as JsonLogic."""
    return {"and": list(map(_comparison, rule.tests))}


def _comparison(test: Test) -> dict[str, Any]:
    return {_SYMBOLS[test.operator]: [{"var": test.field}, test.value]}
