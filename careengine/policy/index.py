"""Field indexes: what the value of one field says about every rule at once.

An index takes tests of one field that must all be true for a rule: equality of text, truth of a boolean, comparison
of numbers, membership of tags, and presence. Every other test is asked of the rules that remain. Its memory is linear
in the tests that it takes: masks of all rules exist only for values that many rules name.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from careengine.policy.masks import mask_of
from careengine.policy.ordered import Ordered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from careengine.model.condition import FieldTest
    from careengine.model.value import Value

    Tests = Mapping[int, Sequence[FieldTest]]

EQUAL, ORDERED, TAGS = "equal", "ordered", "tags"
_EQUALITY = ("is", "is_not", "in", "not_in", "present")
_COMPARING = (*_EQUALITY, "more_than", "at_least", "less_than", "at_most", "between")
_MEMBERSHIP = ("contains", "contains_any", "present")
# type of field -> kind of index, and the operators it takes
_INDEXED = {
    "text": (EQUAL, _EQUALITY),
    "category": (EQUAL, _EQUALITY),
    "boolean": (EQUAL, _EQUALITY),
    "number": (ORDERED, _COMPARING),
    "integer": (ORDERED, _COMPARING),
    "tags": (TAGS, _MEMBERSHIP),
}
_KINDS = {(kind, operator): index for kind, (index, operators) in _INDEXED.items() for operator in operators}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "category": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int, float),
    "tags": (tuple,),
}
_PRESENT, _OPERATOR = "present", attrgetter("operator")
_RARE = 64  # a mask is kept for a value that at least one rule in so many names; the others' masks are made when asked


def kind_of(test: FieldTest) -> str:
    """The kind of index that takes a test, empty when none does."""
    if test.field.words:
        return ""  # its answer is remembered by the facts, so the facts must be asked
    return _KINDS.get((test.field.type, test.operator), "")


def values_of(tests: Sequence[FieldTest]) -> Collection[Any]:
    """The values that equality tests of one field leave possible, none when they leave nearly all or nothing."""
    if len(tests) == 1 and tests[0].operator == "is":
        return (tests[0].operand,)  # nearly always
    wanted = [operands_of(test) for test in tests if test.operator in ("is", "in")]
    if not wanted or any(test.operator == "present" and not test.operand for test in tests):
        return ()
    return frozenset.intersection(*wanted).difference(*map(operands_of, _refusing(tests)))


def _refusing(tests: Sequence[FieldTest]) -> list[FieldTest]:
    return [test for test in tests if test.operator in ("is_not", "not_in")]


def operands_of(test: FieldTest) -> frozenset[Any]:
    """The operand, or each of several."""
    return frozenset(test.operand) if isinstance(test.operand, tuple) else frozenset((test.operand,))


class _Truth(Protocol):
    """Which rules' tests are all true for a value of the field's type."""

    def of(self, value: Any) -> int:
        """The mask of those rules."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIndex:
    """One field's tests over all rules, each rule a bit.

    `rules` holds the tests it was built from. A missing value, or one of another type (`wrong`), leaves the rules of
    one mask true and makes those of another false; the rest is unknown. `truth` answers for a value of the type.
    """

    path: str
    kind: str
    rules: Tests
    types: tuple[type, ...]
    missing: int
    missing_false: int
    wrong: int
    wrong_false: int
    truth: _Truth

    def look(self, value: Value | None) -> tuple[int, int]:
        """The rules whose tests are all true, and the rules with a false one, for a value."""
        if value is None:
            return self.missing, self.missing_false
        if type(value) not in self.types or value != value:  # noqa: PLR0124  NaN is no number to compare
            return self.wrong, self.wrong_false
        true = self.truth.of(value)
        return true, ~true


def build(path: str, kind: str, rules: Tests, size: int) -> FieldIndex:
    """The index of one field over `size` rules; `rules` holds the tests of each rule that asks about the field."""
    everyone = (1 << size) - 1
    untested = everyone & ~mask_of(rules, size)
    wanting = {bit: _presence(tests) for bit, tests in rules.items() if _PRESENT in map(_OPERATOR, tests)}
    asked = {**rules, **{bit: [t for t in rules[bit] if t.operator != "present"] for bit in wanting}}
    comparable = {bit: tests for bit, tests in asked.items() if False not in wanting.get(bit, ())}

    def those(*, presence: bool, alone: bool) -> int:
        return mask_of((bit for bit in wanting if presence in wanting[bit] and not (alone and asked[bit])), size)

    both = those(presence=True, alone=False) & those(presence=False, alone=False)
    return FieldIndex(
        path=path,
        kind=kind,
        rules=rules,
        types=_TYPES[next(iter(rules.values()))[0].field.type],
        missing=untested | (those(presence=False, alone=True) & ~both),
        missing_false=those(presence=True, alone=False),
        wrong=untested | (those(presence=True, alone=True) & ~both),
        wrong_false=those(presence=False, alone=False),
        truth=_BUILDERS[kind](comparable, untested, size),
    )


def _presence(tests: Sequence[FieldTest]) -> set[bool]:
    """Whether a rule wants the value to be there, to be missing, neither, or both at once, which never holds."""
    return {test.operand for test in tests if test.operator == "present"}


@dataclass(frozen=True, slots=True)
class Named:
    """By value: `other` with the rules that want it and without those that refuse it; `kept` masks are ready made."""

    size: int
    other: int
    wanting: Mapping[Any, Sequence[int]]
    refusing: Mapping[Any, Sequence[int]]
    kept: Mapping[Any, int]

    @classmethod
    def build(
        cls, size: int, other: int, wanting: Mapping[Any, Sequence[int]], refusing: Mapping[Any, Sequence[int]]
    ) -> Named:
        """The masks of values, those that many rules name made at once."""
        lazy = cls(size, other, dict(wanting), dict(refusing), {})
        often = [v for v in wanting.keys() | refusing.keys() if _named_by(v, wanting, refusing) * _RARE >= size]
        return cls(size, other, lazy.wanting, lazy.refusing, {value: lazy.make(value) for value in often})

    def of(self, value: Any) -> int:
        """The mask of a value."""
        ready = self.kept.get(value)
        return self.make(value) if ready is None else ready

    def make(self, value: Any) -> int:
        """The mask of a value, made anew."""
        found = self.other
        if value in self.refusing:
            found &= ~mask_of(self.refusing[value], self.size)
        return found | mask_of(self.wanting[value], self.size) if value in self.wanting else found


def _equal(asked: Tests, untested: int, size: int) -> _Truth:
    wanting: defaultdict[Any, list[int]] = defaultdict(list)
    refusing: defaultdict[Any, list[int]] = defaultdict(list)
    open_ = []
    for bit, tests in asked.items():
        for value in values_of(tests):
            wanting[value].append(bit)
        if len(refusals := _refusing(tests)) == len(tests):
            open_.append(bit)
            for value in frozenset[Any]().union(*map(operands_of, refusals)):
                refusing[value].append(bit)
    return Named.build(size, untested | mask_of(open_, size), wanting, refusing)


def _named_by(value: Any, *lists: Mapping[Any, Sequence[int]]) -> int:
    return sum(len(some.get(value, ())) for some in lists)


@dataclass(frozen=True, slots=True)
class _Tagged:
    """The rules that want any one of the tags."""

    by_tag: Named

    def of(self, value: Sequence[str]) -> int:
        found = self.by_tag.other
        for tag in value:
            found |= self.by_tag.of(tag)
        return found


def _tags(asked: Tests, untested: int, size: int) -> _Truth:
    wanting: defaultdict[Any, list[int]] = defaultdict(list)
    for bit, tests in asked.items():
        for tag in operands_of(tests[0]) if tests else ():
            wanting[tag].append(bit)
    free = mask_of((bit for bit, tests in asked.items() if not tests), size)
    return _Tagged(Named.build(size, untested | free, wanting, {}))


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The rules that compare a number, and those that only name some."""

    ordered: Ordered
    named: _Truth

    def of(self, value: float) -> int:
        return self.ordered.of(value) | self.named.of(value)


def _ordered(asked: Tests, untested: int, size: int) -> _Truth:
    naming = {bit: tests for bit, tests in asked.items() if all(test.operator in _EQUALITY for test in tests)}
    comparing = {bit: tests for bit, tests in asked.items() if bit not in naming}
    ordered = Ordered.build(comparing, untested, size)
    return _Numbers(ordered, _equal(naming, 0, size)) if naming else ordered


_BUILDERS = {EQUAL: _equal, ORDERED: _ordered, TAGS: _tags}
