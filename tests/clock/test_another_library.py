"""Our working time, held against that of a library that reads the opening hours of OpenStreetMap.

It knows split shifts, shifts past midnight, zones whose clocks jump, days off and public holidays, and shares no line
with ours. Two things it reads otherwise, and so they are not drawn: the night before or after a day off (with us a
shift belongs to the day on which it begins), and an end in an hour that there is twice or not at all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from careengine.clock import Calendar, Shift, due, elapsed, public_holidays
from tests.clock.worlds import INSTANTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    Span = tuple[datetime, datetime]

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
JUMPING = ("Europe/London", "America/New_York", "Europe/Berlin", "Australia/Sydney")  # at night, before four
DAY, FIRST = 24 * 60, 4 * 60
AFTER_THE_NIGHT = 28 * 60
QUARTERS = st.integers(FIRST // 15, DAY // 15).map(lambda quarter: quarter * 15)
WITHIN = st.timedeltas(timedelta(seconds=1), timedelta(hours=90))
CLOSED = st.sets(st.dates(date(2026, 1, 2), date(2026, 12, 30)), max_size=6)


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    """Those of one day: by day, apart, and at times one that goes on over the whole night."""
    bounds = sorted(draw(st.sets(QUARTERS, max_size=6)))
    if len(bounds) % 2:
        return [*_pairs(bounds[:-1]), Shift(bounds[-1], AFTER_THE_NIGHT)] if bounds[-1] < DAY else _pairs(bounds[1:])
    return _pairs(bounds)


def _pairs(bounds: Sequence[int]) -> list[Shift]:
    return [Shift(start, end) for start, end in list(pairwise(bounds))[::2]]


WEEKS = st.lists(shifts(), min_size=7, max_size=7).filter(any)


def theirs(zone: ZoneInfo, week: Sequence[Sequence[Shift]], off: Collection[date]) -> OpeningHours:
    """The same hours as OpenStreetMap writes them."""
    always = [f"{name} {_written(shifts)}" for name, shifts in zip(DAYS, week, strict=True) if shifts]
    return OpeningHours(", ".join(always) + "".join(f"; {day:%Y %b %d} off" for day in sorted(off)), timezone=zone)


def _written(shifts: Sequence[Shift]) -> str:
    return ",".join(f"{_clock(shift.start)}-{_clock(shift.end)}" for shift in shifts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def opened(hours: OpeningHours, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """Their stretches between two instants, in UTC."""
    for begun, ended, state, _ in hours.intervals(start.astimezone(zone), end.astimezone(zone)):
        if state == State.OPEN:
            yield begun.astimezone(UTC), ended.astimezone(UTC)


def their_due(hours: OpeningHours, start: datetime, within: timedelta, zone: ZoneInfo) -> datetime | None:
    left = within
    for begun, ended in opened(hours, start, start + timedelta(days=400), zone):
        if ended - begun >= left:
            return begun + left
        left -= ended - begun
    return None


def by_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """To the minute, as they count, and never in the hours in which clocks jump."""
    wall = instant.astimezone(zone)
    assume(wall.hour >= FIRST // 60)
    return instant.replace(second=0, microsecond=0)


def quiet(days: Collection[date], week: Sequence[Sequence[Shift]]) -> set[date]:
    """Those of some days on which no night begins or ends."""
    late = [any(shift.end > DAY for shift in shifts) for shifts in week]
    return {day for day in days if not late[day.weekday()] and not late[day.weekday() - 1]}


@given(st.sampled_from(JUMPING).map(ZoneInfo), WEEKS, CLOSED, INSTANTS, INSTANTS)
def test_as_much_time_passes(
    zone: ZoneInfo, week: list[list[Shift]], closed: set[date], one: datetime, other: datetime
) -> None:
    off = quiet(closed, week)
    calendar = Calendar(zone, week, dict.fromkeys(off, ()))
    start, end = sorted(by_day(instant, zone) for instant in (one, other))
    passed = sum((ended - begun for begun, ended in opened(theirs(zone, week, off), start, end, zone)), timedelta())
    assert elapsed(start, end, calendar) == passed


@given(st.sampled_from(JUMPING).map(ZoneInfo), WEEKS, CLOSED, INSTANTS, WITHIN)
def test_it_is_due_at_the_same_instant(
    zone: ZoneInfo, week: list[list[Shift]], closed: set[date], instant: datetime, within: timedelta
) -> None:
    off = quiet(closed, week)
    calendar = Calendar(zone, week, dict.fromkeys(off, ()))
    start = by_day(instant, zone)
    expected = their_due(theirs(zone, week, off), start, within, zone)
    assume(expected is not None)
    assert due(start, within, calendar) == expected


@pytest.mark.parametrize("zone", JUMPING)
def test_both_know_the_nights_on_which_the_clocks_jump(zone: str) -> None:
    """The laws above would hold in a zone without them, too."""
    night = [[Shift(21 * 60, AFTER_THE_NIGHT)]] * 7
    calendar, where = Calendar(ZoneInfo(zone), night), ZoneInfo(zone)
    noons = [datetime(2026, 1, 1, 12, tzinfo=where) + timedelta(days=number) for number in range(360)]
    lengths = {elapsed(noon, after, calendar) for noon, after in pairwise(noons)}
    assert lengths == {timedelta(hours=hours) for hours in (6, 7, 8)}
    hours = theirs(where, night, ())
    for noon, after in pairwise(noons):
        assert list(opened(hours, noon, after, where)) == [next(calendar.spans(noon.astimezone(UTC)))]


@pytest.mark.parametrize("country", ["DE", "FR", "PL"])
def test_both_know_the_public_holidays(country: str) -> None:
    first, last = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    hours = OpeningHours("09:00-17:00; PH off", timezone=ZoneInfo("UTC"), country=country)
    working = {begun.date() for begun, _ in opened(hours, first, last, ZoneInfo("UTC"))}
    days = {first.date() + timedelta(days=number) for number in range((last - first).days)}
    holidays = public_holidays(country)
    assert days - working == {day for year in (2025, 2026, 2027) for day in holidays(year)}
