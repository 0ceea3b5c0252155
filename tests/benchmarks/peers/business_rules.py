"""business-rules: `run_all` over all rules with one action that keeps the id.

It interprets the rules on each call and has no other form. It has no inequality of text, so `is_not` asks whether a
list of one value does not contain another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_TEXT
from business_rules.variables import (
    BaseVariables,
    numeric_rule_variable,
    select_rule_variable,
    string_rule_variable,
)

from tests.benchmarks.peers.peer import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.rule import Rule, Test

_COMPARISONS = {"at_least": "greater_than_or_equal_to", "at_most": "less_than_or_equal_to"}


class _Event(BaseVariables):  # type: ignore[misc]
    """What the rules may ask; one variable a field is added when the rules are known."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event


class _Hits(BaseActions):  # type: ignore[misc]
    def __init__(self) -> None:
        self.ids: list[str] = []

    @rule_action(params={"id": FIELD_TEXT})  # type: ignore[untyped-decorator]
    def hit(self, id: str) -> None:  # noqa: A002  the engine passes it by this name
        self.ids.append(id)


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Write the rules and the variables as the engine wants them."""
    asked = {test.field: test for rule in rules for test in rule.tests}
    variables = type("Event", (_Event,), dict(pair for test in asked.values() for pair in _variables(test).items()))
    written = [_rule(rule) for rule in rules]

    def match(event: Mapping[str, Any]) -> list[str]:
        hits = _Hits()
        run_all(written, variables(event), hits)
        return hits.ids

    return Prepared(match)


def _variables(test: Test) -> dict[str, Any]:
    name = test.field
    if isinstance(test.value, int):
        return {name: numeric_rule_variable()(_getter(name))}
    return {
        name: string_rule_variable()(_getter(name)),
        f"{name}_options": select_rule_variable()(_listed(name)),
    }


def _getter(name: str) -> Callable[[_Event], Any]:
    def value(self: _Event) -> Any:
        return self.event.get(name)

    return value


def _listed(name: str) -> Callable[[_Event], Any]:
    def values(self: _Event) -> Any:
        return [self.event.get(name)]

    return values


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "conditions": {"all": list(map(_condition, rule.tests))},
        "actions": [{"name": "hit", "params": {"id": rule.id}}],
    }


def _condition(test: Test) -> dict[str, Any]:
    if test.operator == "is":
        return {"name": test.field, "operator": "equal_to", "value": test.value}
    if test.operator == "is_not":
        return {"name": f"{test.field}_options", "operator": "does_not_contain", "value": test.value}
    return {"name": test.field, "operator": _COMPARISONS[test.operator], "value": test.value}
