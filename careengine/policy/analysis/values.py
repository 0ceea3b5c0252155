"""Sets of values that one fact may have: named values, ranges, tags. They meet, and one may lie within another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from careengine.model.operators import check

if TYPE_CHECKING:
    from careengine.model.condition import FieldTest

_SMALL = 64  # a range of so many whole numbers is as good as a list of them
_NEVER_ASKED = datetime(2026, 1, 1, tzinfo=UTC)  # tests of words do not look at the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Named values: `only` these (None: any), `never` those, and what tests of words say of the rest."""

    only: frozenset[Any] | None = None
    never: frozenset[Any] = frozenset()
    words: frozenset[tuple[FieldTest, bool]] = frozenset()

    def meet(self, other: Choice) -> Choice:
        """The values that are in both."""
        only = other.only if self.only is None else self.only
        if self.only is not None and other.only is not None:
            only = self.only & other.only
        met = Choice(only=only, never=self.never | other.never, words=self.words | other.words)
        if only is None:
            return met
        return Choice(only=frozenset(value for value in only if met.has(value)))

    def has(self, value: Any) -> bool:
        """Whether a value is among them."""
        if value in self.never or (self.only is not None and value not in self.only):
            return False
        return all(check(test)(value, _NEVER_ASKED) is wanted for test, wanted in self.words)

    @property
    def empty(self) -> bool:
        """Whether no value is left for certain."""
        if self.only is not None:
            return not self.only
        return any((test, not wanted) in self.words for test, wanted in self.words)

    @property
    def values(self) -> frozenset[Any] | None:
        """All values, when they can be listed."""
        return self.only

    def within(self, other: Choice) -> bool:
        """Whether each of these values is for certain among the others."""
        if self.only is not None:
            return all(other.has(value) for value in self.only)
        if other.only is not None or not other.words <= self.words:
            return False
        return not any(self.has(value) for value in other.never)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What lies between two ends (None: no end), perhaps `only` some of it and `never` some; `whole`: no fractions.

    `unit` is the currency of money. Amounts in two currencies have nothing in common.
    """

    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    only: frozenset[Any] | None = None
    never: frozenset[Any] = frozenset()
    whole: bool = False
    unit: str = ""
    torn: bool = False  # between two currencies

    def meet(self, other: Range) -> Range:
        """The values that are in both."""
        low, low_open = _narrower((self.low, self.low_open), (other.low, other.low_open), up=True)
        high, high_open = _narrower((self.high, self.high_open), (other.high, other.high_open), up=False)
        only = other.only if self.only is None else self.only
        if self.only is not None and other.only is not None:
            only = self.only & other.only
        torn = self.torn or other.torn or bool(self.unit and other.unit and self.unit != other.unit)
        return Range(
            low=low,
            low_open=low_open,
            high=high,
            high_open=high_open,
            only=only,
            never=self.never | other.never,
            whole=self.whole or other.whole,
            unit=self.unit or other.unit,
            torn=torn,
        ).listed()

    def listed(self) -> Range:
        """Whole numbers without open ends, and listed when they are few."""
        tidy = self._closed() if self.whole else self
        only = tidy.only
        if only is None and tidy.whole and tidy.low is not None and tidy.high is not None:
            only = frozenset(range(tidy.low, tidy.high + 1)) if tidy.high - tidy.low < _SMALL else None
        if only is not None:
            return replace(tidy, only=frozenset(value for value in only if tidy.has(value)))
        return tidy

    def _closed(self) -> Range:
        low, high = self.low, self.high
        if low is not None:
            low = floor(low) + 1 if self.low_open else ceil(low)
        if high is not None:
            high = ceil(high) - 1 if self.high_open else floor(high)
        return replace(self, low=low, low_open=False, high=high, high_open=False)

    def has(self, value: Any) -> bool:
        """Whether a value is among them."""
        if value in self.never or (self.only is not None and value not in self.only):
            return False
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.torn or (self.only is not None and not self.only):
            return True
        if self.low is None or self.high is None or self.only is not None:
            return False
        one = self.low == self.high
        open_end = self.low_open or self.high_open or self.low in self.never
        return bool(self.low > self.high) or (one and open_end)

    @property
    def values(self) -> frozenset[Any] | None:
        """All values, when they can be listed."""
        return self.only

    def within(self, other: Range) -> bool:
        """Whether each of these values is for certain among the others."""
        if self.unit != other.unit:
            return False
        if self.only is not None:
            return all(other.has(value) for value in self.only)
        if other.only is not None or any(self.has(value) for value in other.never):
            return False
        return _reaches(self, other, "low") and _reaches(self, other, "high")

    @property
    def least(self) -> Any:
        """The lowest value, or what they lie above; None when there is no end."""
        return self.low if self.only is None else min(self.only, default=None)

    @property
    def most(self) -> Any:
        """The highest value, or what they lie below; None when there is no end."""
        return self.high if self.only is None else max(self.only, default=None)

    @property
    def unbroken(self) -> bool:
        """Whether all whole numbers from the least to the most are among them."""
        if self.only:
            return self.whole and len(self.only) == self.most - self.least + 1
        return self.whole and self.only is None and not self.never

    def sample(self) -> Any:
        """A plain value of the range, or None when none was found."""
        if self.only is not None:
            return min(self.only, default=None)
        return next((value for value in self._candidates() if self.has(value)), None)

    def _candidates(self) -> list[Any]:
        low, high = self.low, self.high
        if low is None and high is None:
            return list(range(len(self.never) + 1)) if not self.unit else _amounts(self.never)
        anchor = low if low is not None else high
        step = timedelta(hours=1) if isinstance(anchor, (datetime, timedelta)) else 1
        sign = 1 if low is not None else -1
        near = [anchor + sign * step * count for count in range(len(self.never) + 2)]
        middle = [low + (high - low) / 2] if low is not None and high is not None and not self.whole else []
        return near + middle


def _amounts(never: frozenset[Any]) -> list[Any]:
    return [Decimal(number) for number in range(1, len(never) + 2)]


def _narrower(one: tuple[Any, bool], other: tuple[Any, bool], *, up: bool) -> tuple[Any, bool]:
    """The end that leaves less."""
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return one if (one[0] > other[0]) is up else other


def _reaches(inner: Range, outer: Range, end: str) -> bool:
    """Whether the inner range ends before the outer one does."""
    have, want = getattr(inner, end), getattr(outer, end)
    if want is None:
        return True
    if have is None:
        return False
    if have == want:
        return getattr(inner, f"{end}_open") or not getattr(outer, f"{end}_open")
    return bool(have > want) is (end == "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Lists of tags: with all of `has`, none of `lacks`, and at least one of each set in `one_of`."""

    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    one_of: frozenset[frozenset[str]] = frozenset()
    lacks_one_of: frozenset[frozenset[str]] = frozenset()  # at least one of each is not there

    def meet(self, other: Tags) -> Tags:
        """The lists that are in both."""
        return Tags(
            has=self.has | other.has,
            lacks=self.lacks | other.lacks,
            one_of=self.one_of | other.one_of,
            lacks_one_of=self.lacks_one_of | other.lacks_one_of,
        )

    @property
    def empty(self) -> bool:
        """Whether no list is left."""
        clash = bool(self.has & self.lacks) or any(some <= self.lacks for some in self.one_of)
        return clash or any(some <= self.has for some in self.lacks_one_of)

    @property
    def values(self) -> None:
        """Lists of tags are never listed."""
        return

    def within(self, other: Tags) -> bool:
        """Whether each of these lists is for certain among the others."""
        if not (other.has <= self.has and other.lacks <= self.lacks):
            return False
        some = all(want & self.has or any(have - self.lacks <= want for have in self.one_of) for want in other.one_of)
        return some and all(
            want & self.lacks or any(have <= want for have in self.lacks_one_of) for want in other.lacks_one_of
        )

    def sample(self) -> tuple[str, ...]:
        """A list that is as short as can be told at once."""
        chosen = set(self.has)
        for some in sorted(self.one_of, key=sorted):
            if not some & chosen:
                chosen.add(min(some - self.lacks))
        return tuple(sorted(chosen))


Values = Choice | Range | Tags


def met(one: Values, other: Any) -> Values:
    """The values that are in both; both are of one sort."""
    return one.meet(other)


def lies_within(one: Values, other: Any) -> bool:
    """Whether each value of the one is for certain in the other; both are of one sort."""
    return one.within(other)
