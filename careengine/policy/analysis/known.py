"""What all boxes of a shelf say of one fact, so that those which may share a value, or hold all of some, are found.

Values that can be listed are found by value, ranges by their ends; what is told of words or tags leaves all in.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from careengine.policy.analysis.values import Range
from careengine.policy.index import Named
from careengine.policy.masks import mask_of
from careengine.policy.ordered import Ordered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.policy.analysis.values import Values


@dataclass(frozen=True, slots=True, order=True)
class _End:
    """One end of a range. `shift` is 1 where it begins just above the value, -1 where it ends just below it."""

    value: Any
    shift: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """An end as a test: what `begins` here is at least that, what ends here at most that."""

    operator: str
    operand: _End


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One fact. Boxes of `free` say nothing of it; `named` takes in all boxes whose values cannot be listed.

    `beginning` gives the boxes that begin at an end or before, `ending` those that end there or after; a box without
    such an end is in all of them, and in `endless_below` or `endless_above`.
    """

    free: int
    named: Named
    beginning: Ordered
    ending: Ordered
    endless_below: int
    endless_above: int

    @classmethod
    def build(cls, said: Mapping[int, Values], size: int) -> Known:
        """What is known of a fact from what some of `size` boxes say of it."""
        everyone = (1 << size) - 1
        named: defaultdict[Any, list[int]] = defaultdict(list)
        for place, values in said.items():
            for value in values.values or ():
                named[value].append(place)
        listed = mask_of((place for place, values in said.items() if values.values is not None), size)
        lows = {place: low for place, values in said.items() if (low := _low(values))}
        highs = {place: high for place, values in said.items() if (high := _high(values))}
        below, above = everyone & ~mask_of(lows, size), everyone & ~mask_of(highs, size)
        return cls(
            free=everyone & ~mask_of(said, size),
            named=Named.build(size, everyone & ~listed, named, {}),
            beginning=Ordered.build(_bounds("at_least", lows), below, size),
            ending=Ordered.build(_bounds("at_most", highs), above, size),
            endless_below=below,
            endless_above=above,
        )

    def meeting(self, values: Values) -> int:
        """The boxes that may share one of these values."""
        low, high = _low(values), _high(values)
        found = self.beginning.of(high) if high else -1
        if low:
            found &= self.ending.of(low)
        if values.values is not None:
            found &= reduce(or_, map(self.named.of, values.values), 0)
        return found

    def holding(self, values: Values) -> int:
        """The boxes that may hold all of these values."""
        low, high = _low(values), _high(values)
        found = self.beginning.of(low) if low else self.endless_below
        found &= self.ending.of(high) if high else self.endless_above
        if values.values is not None:
            found &= reduce(and_, map(self.named.of, values.values), -1)
        return found


def _bounds(operator: str, ends: Mapping[int, _End]) -> dict[int, list[_Bound]]:
    return {place: [_Bound(operator=operator, operand=end)] for place, end in ends.items()}


def _low(values: Values) -> _End | None:
    if not isinstance(values, Range) or values.least is None:
        return None
    return _End(values.least, int(values.only is None and values.low_open))


def _high(values: Values) -> _End | None:
    if not isinstance(values, Range) or values.most is None:
        return None
    return _End(values.most, -int(values.only is None and values.high_open))
