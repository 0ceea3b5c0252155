"""Calendars to draw from: split shifts, shifts past midnight, zones whose clocks jump, days that are different."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from careengine.clock import Calendar, Pause, Shift, read_shift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Asia/Beirut",
)
LONDON = ZoneInfo("Europe/London")
DAYS_OFF = frozenset({date(2026, 3, 30), date(2026, 10, 26), date(2026, 12, 25)})


def week(*shifts: str, days: int = 5) -> list[list[Shift]]:
    """The same shifts from Monday on, for so many days."""
    return [[read_shift(shift) for shift in shifts] if day < days else [] for day in range(7)]


def calendar(
    *shifts: str, days: int = 5, zone: ZoneInfo = LONDON, different: Mapping[date, Sequence[Shift]] | None = None
) -> Calendar:
    """A calendar of a week of the same shifts."""
    return Calendar(zone, week(*shifts, days=days), different or {})


_SHIFTS = st.builds(lambda start, length: Shift(start, start + length), st.integers(0, 1439), st.integers(1, 1440))
_DAY = st.lists(_SHIFTS, max_size=3)
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(ZONES).map(ZoneInfo),
    st.lists(_DAY, min_size=7, max_size=7).filter(any),
    st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 11, 30)), _DAY, max_size=5),
    st.sampled_from([lambda _: (), lambda _: DAYS_OFF]),
)
INSTANTS = st.integers(0, 365 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
DURATIONS = st.timedeltas(timedelta(0), timedelta(days=9))
PAUSES = st.lists(
    st.builds(lambda start, length: Pause(start, start + length), INSTANTS, DURATIONS),
    max_size=3,
)
