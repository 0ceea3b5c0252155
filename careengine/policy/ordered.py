"""The index of a number: between two thresholds that rules name, every rule's answer stays the same.

The thresholds cut the numbers into cells: below the first, the first itself, between it and the second, and so on.
A mask of all rules for each cell would grow with the square of the rules, and so there are never more than a few
hundred masks: where there are more cells, neighbours share one, and the rules whose answer changes among them are
looked up one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import xor
from typing import TYPE_CHECKING, Any, Protocol

from careengine.policy.masks import mask_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Cells = list[tuple[int, int]]  # stretches of cells, first and last, in rising order

_MASKS = 256  # at the most, for one field


class Compared(Protocol):
    """A comparison with something that can be put in order, or with several."""

    @property
    def operator(self) -> str:
        """`at_least`, `between` and so on."""
        ...

    @property
    def operand(self) -> Any:
        """What it compares with."""
        ...


@dataclass(frozen=True, slots=True)
class Ordered:
    """`steps` are the thresholds; `width` cells share a mask of `sure`.

    `changing` holds, by mask, the rules whose answer changes among its cells, each with the cells where it does.
    """

    steps: Sequence[Any]
    width: int
    sure: Sequence[int]
    changing: Mapping[int, Mapping[int, Sequence[int]]]

    @classmethod
    def build(cls, asked: Mapping[int, Sequence[Compared]], untested: int, size: int) -> Ordered:
        """The index of the tests of each rule; rules in `untested` are always possible."""
        steps = sorted({operand for tests in asked.values() for test in tests for operand in _operands(test)})
        place = {step: number for number, step in enumerate(steps)}
        last = 2 * len(steps)
        width = last // _MASKS + 1
        count = last // width + 1
        turns: defaultdict[int, list[int]] = defaultdict(list)
        changing: defaultdict[int, dict[int, Sequence[int]]] = defaultdict(dict)
        for bit, tests in asked.items():
            stretches = [(0, last)]
            for test in tests:
                stretches = _meet(stretches, _cells(test, place, last))
            edges = [edge for first, final in stretches for edge in (first, final + 1)]
            for first, final in stretches:
                begin, end = -(-first // width), count if final == last else (final + 1) // width  # filled wholly
                if begin < end:
                    turns[begin].append(bit)
                    turns[end].append(bit)
                for edge in (first, final + 1):
                    if edge % width and edge <= last:
                        changing[edge // width][bit] = edges
        masks = accumulate((mask_of(turns[number], size) for number in range(count)), xor)
        return cls(steps, width, [mask | untested for mask in masks], dict(changing))

    def of(self, value: Any) -> int:
        """The rules whose tests are all true for a number."""
        step = bisect_left(self.steps, value)
        cell = 2 * step + (step < len(self.steps) and self.steps[step] == value)
        number = cell // self.width
        found = self.sure[number]
        for bit, edges in self.changing.get(number, {}).items():
            if bisect_right(edges, cell) % 2:
                found |= 1 << bit
        return found


def _operands(test: Compared) -> Sequence[Any]:
    return test.operand if isinstance(test.operand, tuple) else (test.operand,)


def _cells(test: Compared, place: Mapping[Any, int], last: int) -> Cells:
    """The stretches of cells in which a test is true, in rising order. Step n is cell 2n + 1."""
    if isinstance(test.operand, tuple):
        return _cells_of_several(test, place, last)
    cell = 2 * place[test.operand] + 1
    if test.operator == "at_least":
        return [(cell, last)]
    if test.operator == "at_most":
        return [(0, cell)]
    if test.operator == "more_than":
        return [(cell + 1, last)]
    if test.operator == "less_than":
        return [(0, cell - 1)]
    return [(cell, cell)] if test.operator == "is" else [(0, cell - 1), (cell + 1, last)]


def _cells_of_several(test: Compared, place: Mapping[Any, int], last: int) -> Cells:
    points = [2 * place[operand] + 1 for operand in test.operand]
    if test.operator == "between":
        low, high = points
        return [(low, high)] if low <= high else []
    points = sorted(set(points))
    if test.operator == "in":
        return [(point, point) for point in points]
    return [(a + 1, b - 1) for a, b in pairwise([-1, *points, last + 1])]


def _meet(some: Cells, others: Cells) -> Cells:
    """The cells that lie in both."""
    common, left, right = [], 0, 0
    while left < len(some) and right < len(others):
        first, final = max(some[left][0], others[right][0]), min(some[left][1], others[right][1])
        if first <= final:
            common.append((first, final))
        if some[left][1] < others[right][1]:
            left += 1
        else:
            right += 1
    return common
