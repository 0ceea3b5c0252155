"""Working hours: a week of shifts in a time zone, public holidays, and days that are different."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from careengine.clock.shift import Shift

    Span = tuple[datetime, datetime]

_DAY = timedelta(days=1)
_KEPT = 512  # days whose spans are kept: clocks seldom reach further than a year


def _no_holidays(_year: int) -> Collection[date]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Hours by the clock on the wall of a zone. A shift belongs to the day on which it begins.

    `week` has the shifts of Monday to Sunday; `holidays` gives the days of a year that are closed; `days` are days that
    are different: closed, short or open on a holiday. Raises ValueError when the week never opens: then nothing would
    ever fall due.
    """

    zone: ZoneInfo
    week: Sequence[Sequence[Shift]]
    days: Mapping[date, Sequence[Shift]] = field(default_factory=lambda: MappingProxyType({}))
    holidays: Callable[[int], Collection[date]] = _no_holidays
    _on: Callable[[date], Sequence[Span]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not any(self.week):
            raise ValueError("the calendar never opens: give at least one day of the week a shift")
        object.__setattr__(self, "_on", lru_cache(maxsize=_KEPT)(self._spans))

    def hours(self, day: date) -> Sequence[Shift]:
        """The shifts that begin on a day."""
        if (different := self.days.get(day)) is not None:
            return different
        return () if day in self.holidays(day.year) else self.week[day.weekday()]

    def spans(self, since: datetime) -> Iterator[Span]:
        """The stretches that are open from an instant on, in order and apart, up to the end of the year 9999."""
        at, day = since, since.astimezone(self.zone).date()
        for begun, ended in self._from(day - _DAY if day.toordinal() > 1 else day):  # yesterday's may still go on
            if ended > at:
                yield max(begun, at), ended
                at = ended

    def _from(self, day: date) -> Iterator[Span]:
        try:
            while True:
                yield from self._on(day)
                day += _DAY
        except OverflowError:  # the end of all dates
            return

    def _spans(self, day: date) -> Sequence[Span]:
        spans = sorted(shift.on(day, self.zone) for shift in self.hours(day))
        return tuple(span for span in spans if span[0] < span[1])  # a shift may lie in an hour that the clock skips
