"""A policy of the measured world as every engine is told it, and the obvious reference that all results are held to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OPERATORS = ("is", "is_not", "at_least", "at_most")


@dataclass(frozen=True, slots=True)
class Test:
    """One condition. `field` is an identifier, `customer_tier`; `value` is text or a whole number."""

    __test__ = False  # it is no test of ours

    field: str
    operator: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule matches when all its tests are true."""

    id: str
    tests: tuple[Test, ...]


def rules_of(documents: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The policies of the world as plain rules."""
    return [Rule(document["id"], tuple(map(_test, document["when"]["all"]))) for document in documents]


def event_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An interaction's fields by identifier: all of them, whether a rule names them or not. Lists are left out."""
    return {_name(path): _plain(value) for path, value in fields.items() if not isinstance(value, tuple)}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else str(value)


def reference(rules: Sequence[Rule], event: Mapping[str, Any]) -> set[str]:
    """The ids of the rules that match, found the slow and obvious way."""
    return {rule.id for rule in rules if all(_holds(test, event.get(test.field)) for test in rule.tests)}


def _holds(test: Test, found: object) -> bool:
    if test.operator == "is":
        return found == test.value
    if test.operator == "is_not":
        return isinstance(found, str) and found != test.value
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not isinstance(test.value, int):
        return False
    return found >= test.value if test.operator == "at_least" else found <= test.value


def _test(test: Mapping[str, Any]) -> Test:
    operator = next(word for word in OPERATORS if word in test)
    return Test(_name(test["field"]), operator, test[operator])


def _name(path: str) -> str:
    return path.replace(".", "_")
