"""Field indexes: for each value of one field, the mask of the rules that it leaves possible.

An index takes tests of one field that must all be true for a rule: equality of text, truth of a boolean, comparison
of numbers, membership of tags, and presence. Every other test is left to be verified on the rules that remain.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from careengine.policy.masks import mask_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from careengine.model.condition import FieldTest

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
_RARE = (
    64  # a value that fewer than one rule in so many names is kept as a list of rules: masks of all would fill memory
)

Cells = list[tuple[int, int]]


def kind_of(test: FieldTest) -> str:
    """The kind of index that takes a test, empty when none does."""
    if test.field.words:
        return ""  # its answer is remembered by the facts, so the facts must be asked
    return _KINDS.get((test.field.type, test.operator), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIndex:
    """What the value of one field says about every rule at once.

    `rules` holds the tests it was built from, `named` by value the rules that want the field to be equal to it. Each
    mask holds the rules that stay possible: `missing` when there is no value, `wrong` when it is of another type,
    `by_value` and else `other` for a value of the field's type; `rare` adds single rules to `other`. An ordered
    index has its thresholds in `steps` and in `cells` a mask for each stretch between and each step itself: below the
    first, the first, between it and the second, and so on. A missing or wrong value makes most tests unknown;
    `missing_false` and `wrong_false` are the rules that it makes false.
    """

    path: str
    kind: str
    rules: Mapping[int, Sequence[FieldTest]]
    named: Mapping[Any, Sequence[int]]
    size: int
    types: tuple[type, ...]
    missing: int
    missing_false: int
    wrong: int
    wrong_false: int
    by_value: Mapping[Any, int]
    rare: Mapping[Any, Sequence[int]]
    other: int
    steps: Sequence[Any]
    cells: Sequence[int]

    def look(self, value: Any) -> tuple[int, int]:
        """The rules whose tests are all true, and the rules with a false one, for a value."""
        if value is None:
            return self.missing, self.missing_false
        if type(value) not in self.types or value != value:  # noqa: PLR0124  NaN is no number to compare
            return self.wrong, self.wrong_false
        true = self.true_of(value)
        return true, ~true

    def true_of(self, value: Any) -> int:
        """The rules whose tests are all true for a value of the field's type."""
        if self.kind == ORDERED:
            step = bisect_left(self.steps, value)
            exact = step < len(self.steps) and self.steps[step] == value
            return self.cells[2 * step + exact]
        if self.kind == TAGS:
            found = self.other
            for tag in value:
                found |= self.by_value.get(tag, 0)
            return found
        if value in self.rare:
            return self.other | mask_of(self.rare[value], self.size)
        return self.by_value.get(value, self.other)


def build(path: str, kind: str, rules: Mapping[int, Sequence[FieldTest]], size: int) -> FieldIndex:
    """The index of one field over `size` rules; `rules` holds the tests of each rule that asks about the field."""
    everyone = (1 << size) - 1
    untested = everyone & ~mask_of(rules, size)
    wanting = {bit: wanted for bit, tests in rules.items() if (wanted := _presence(tests))}
    asked = {**rules, **{bit: [t for t in rules[bit] if t.operator != "present"] for bit in wanting}}
    comparable = {bit: tests for bit, tests in asked.items() if False not in wanting.get(bit, ())}
    built = _BUILDERS[kind](comparable, untested, size)

    def those(*, presence: bool, alone: bool) -> int:
        return mask_of((bit for bit in wanting if presence in wanting[bit] and not (alone and asked[bit])), size)

    both = those(presence=True, alone=False) & those(presence=False, alone=False)
    field_type = next(iter(rules.values()))[0].field.type
    return FieldIndex(
        path=path,
        kind=kind,
        rules=rules,
        named=built.named,
        size=size,
        types=_TYPES[field_type],
        missing=untested | (those(presence=False, alone=True) & ~both),
        missing_false=those(presence=True, alone=False),
        wrong=untested | (those(presence=True, alone=True) & ~both),
        wrong_false=those(presence=False, alone=False),
        by_value=built.by_value,
        rare=built.rare,
        other=built.other,
        steps=built.steps,
        cells=built.cells,
    )


_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "category": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int, float),
    "tags": (tuple,),
}


def _presence(tests: Sequence[FieldTest]) -> set[bool]:
    """Whether a rule wants the value to be there, to be missing, neither, or both at once, which never holds."""
    return {test.operand for test in tests if test.operator == "present"}


def _operands(test: FieldTest) -> frozenset[Any]:
    return frozenset(test.operand) if isinstance(test.operand, tuple) else frozenset((test.operand,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """What the kinds of index differ in."""

    other: int
    named: Mapping[Any, Sequence[int]] = field(default_factory=dict)
    by_value: Mapping[Any, int] = field(default_factory=dict)
    rare: Mapping[Any, Sequence[int]] = field(default_factory=dict)
    steps: Sequence[Any] = ()
    cells: Sequence[int] = ()


def _equal(asked: Mapping[int, Sequence[FieldTest]], untested: int, size: int) -> _Built:
    plus: defaultdict[Any, list[int]] = defaultdict(list)
    minus: defaultdict[Any, list[int]] = defaultdict(list)
    open_ = []
    for bit, tests in asked.items():
        wanted = [_operands(test) for test in tests if test.operator in ("is", "in")]
        refused = frozenset().union(*(_operands(test) for test in tests if test.operator in ("is_not", "not_in")))
        if wanted:
            for value in frozenset.intersection(*wanted) - refused:
                plus[value].append(bit)
        else:
            open_.append(bit)
            for value in refused:
                minus[value].append(bit)
    other = untested | mask_of(open_, size)
    rare = {value: bits for value, bits in plus.items() if len(bits) * _RARE < size and value not in minus}
    values = (plus.keys() | minus.keys()) - rare.keys()
    by_value = {v: (other & ~mask_of(minus.get(v, ()), size)) | mask_of(plus.get(v, ()), size) for v in values}
    return _Built(other=other, named=plus, by_value=by_value, rare=rare)


def _tags(asked: Mapping[int, Sequence[FieldTest]], untested: int, size: int) -> _Built:
    plus: defaultdict[Any, list[int]] = defaultdict(list)
    free = [bit for bit, tests in asked.items() if not tests]
    for bit, tests in asked.items():
        for tag in _operands(tests[0]) if tests else ():
            plus[tag].append(bit)
    by_value = {tag: mask_of(bits, size) for tag, bits in plus.items()}
    return _Built(other=untested | mask_of(free, size), by_value=by_value)


def _ordered(asked: Mapping[int, Sequence[FieldTest]], untested: int, size: int) -> _Built:
    steps = sorted({operand for tests in asked.values() for test in tests for operand in _operands(test)})
    place = {step: number for number, step in enumerate(steps)}
    last = 2 * len(steps)
    changes: defaultdict[int, list[int]] = defaultdict(list)
    for bit, tests in asked.items():
        for first, final in _meet([_cells(test, place, last) for test in tests], last):
            changes[first].append(bit)
            changes[final + 1].append(bit)
    cells, now = [], 0
    for cell in range(last + 1):
        now ^= mask_of(changes[cell], size) if cell in changes else 0
        cells.append(now | untested)
    return _Built(other=untested, steps=steps, cells=cells)


def _cells(test: FieldTest, place: Mapping[Any, int], last: int) -> Cells:
    """The stretches of cells in which a test is true, in rising order. Step n is cell 2n + 1."""
    points = sorted(2 * place[operand] + 1 for operand in _operands(test))
    if test.operator in ("is", "in"):
        return [(point, point) for point in points]
    if test.operator in ("is_not", "not_in"):
        edges = [-1, *points, last + 1]
        return [(a + 1, b - 1) for a, b in pairwise(edges)]
    low, high = points[0], points[-1]
    return {
        "at_least": [(low, last)],
        "more_than": [(low + 1, last)],
        "at_most": [(0, high)],
        "less_than": [(0, high - 1)],
        "between": [(low, high)],
    }[test.operator]


def _meet(stretches: Iterable[Cells], last: int) -> Cells:
    """The cells that lie in every one of the stretches."""
    common = [(0, last)]
    for some in stretches:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in some if max(a, c) <= min(b, d)]
    return common


_BUILDERS = {EQUAL: _equal, ORDERED: _ordered, TAGS: _tags}
