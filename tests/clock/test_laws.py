"""The laws of working time, over calendars of every sort."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given

from careengine.clock import Calendar, Shift, due, elapsed
from tests.clock.worlds import CALENDARS, DURATIONS, INSTANTS, PAUSES

if TYPE_CHECKING:
    from careengine.clock import Pause

NOTHING = timedelta(0)


@given(CALENDARS, INSTANTS, DURATIONS, PAUSES)
def test_what_has_passed_when_it_is_due_is_what_was_given(
    calendar: Calendar, start: datetime, within: timedelta, pauses: list[Pause]
) -> None:
    end = due(start, within, calendar, pauses)
    assert end is not None
    assert elapsed(start, end, calendar, pauses) == within
    if within:  # and not a moment before
        assert elapsed(start, end - timedelta(microseconds=1), calendar, pauses) < within


@given(CALENDARS, INSTANTS, DURATIONS, DURATIONS, PAUSES)
def test_one_after_the_other_is_both_at_once(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta, pauses: list[Pause]
) -> None:
    first = due(start, one, calendar, pauses)
    assert first is not None
    assert due(first, other, calendar, pauses) == due(start, one + other, calendar, pauses)


@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS, PAUSES)
def test_time_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime, pauses: list[Pause]) -> None:
    first, middle, last = sorted((a, b, c))
    parts = elapsed(first, middle, calendar, pauses) + elapsed(middle, last, calendar, pauses)
    assert parts == elapsed(first, last, calendar, pauses)
    assert NOTHING <= parts <= last - first
    assert elapsed(last, first, calendar, pauses) == NOTHING


@given(CALENDARS, INSTANTS, INSTANTS, DURATIONS, PAUSES)
def test_who_starts_later_is_due_no_sooner(
    calendar: Calendar, one: datetime, other: datetime, within: timedelta, pauses: list[Pause]
) -> None:
    sooner, later = (due(start, within, calendar, pauses) for start in sorted((one, other)))
    assert sooner is not None
    assert later is not None
    assert sooner <= later


@given(CALENDARS, INSTANTS)
def test_minute_by_minute_it_is_open_when_the_clock_on_the_wall_says_so(calendar: Calendar, start: datetime) -> None:
    """Held to a plain reading: a day is open as often as any shift, of it or of the day before, covers its minutes."""
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(hours=26)
    minutes = [start + timedelta(minutes=n) for n in range(26 * 60)]
    steps = {one.utcoffset() for one in (minute.astimezone(calendar.zone) for minute in (start, end))}
    if len(steps) > 1:
        return  # the clock jumps: the vectors tell what then holds
    opened = sum(_is_open(calendar, minute) for minute in minutes)
    assert elapsed(start, end, calendar) == timedelta(minutes=opened)


def _is_open(calendar: Calendar, instant: datetime) -> bool:
    wall = instant.astimezone(calendar.zone)
    minute = wall.hour * 60 + wall.minute
    yesterday = wall.date() - timedelta(days=1)
    return any(shift.start <= minute < shift.end for shift in calendar.hours(wall.date())) or any(
        shift.start <= minute + 1440 < shift.end for shift in calendar.hours(yesterday)
    )


def test_the_last_hour_of_summer_counts_twice_and_the_first_is_skipped() -> None:
    night = Calendar(ZoneInfo("Europe/London"), [[Shift(0, 240)]] * 7)
    for day, hours in ((date(2026, 3, 29), 3), (date(2026, 10, 25), 5)):
        midnight = datetime.combine(day, time(), tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
        assert elapsed(midnight, midnight + timedelta(hours=12), night) == timedelta(hours=hours)
