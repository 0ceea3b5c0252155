"""The condition tree of a policy: what a rule file says, checked and typed, ready to be asked or compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from careengine.model.catalogue import Field
    from careengine.model.history import HistoryQuery

COMPARING = ("more_than", "at_least", "less_than", "at_most", "between")
OPERATORS = (
    "is",
    "is_not",
    "in",
    "not_in",
    *COMPARING,
    "contains",
    "contains_any",
    "contains_all",
    "starts_with",
    "matches",
    "present",
    "before",
    "after",
)


class Said:
    """Room for a test's English, which is the same for every event. Whoever says a test first leaves it there."""

    __slots__ = ("said",)
    said: str


class Checked(Said):
    """Room for the check that a field test makes, such as a compiled pattern: it lives as long as the test does."""

    __slots__ = ("checked",)
    checked: Callable[[Any, datetime], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTest(Checked):
    """One field against one operand. `pointer` is the JSON pointer of the test in its rule file.

    `operand` has the type that the operator and the field ask for: a scalar, Money, a tuple of these, a Moment,
    or, for `matches`, the pattern's text.
    """

    pointer: str
    field: Field
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTest(Said):
    """A count (a whole number) or sum (Money) over history against one operand; only comparing operators and `is`."""

    pointer: str
    query: HistoryQuery
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """True when every item is true; false as soon as one is false."""

    pointer: str
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """True as soon as one item is true; false when every one is false."""

    pointer: str
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """True when the item is false; unknown stays unknown."""

    pointer: str
    item: Condition


Test = FieldTest | HistoryTest
Condition = FieldTest | HistoryTest | AllOf | AnyOf | Not
