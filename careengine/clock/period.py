"""Calendar periods by the clock on the wall of a zone: the day, week, month, quarter or year of an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UNITS = ("day", "week", "month", "quarter", "year")
_LAST = datetime.max.replace(tzinfo=UTC)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until just before `end`, in UTC, with a `name` such as `2026-11-22`, `2026-W47` or `2026-Q4`."""

    name: str
    start: datetime
    end: datetime


def period_of(at: datetime, unit: str, zone: ZoneInfo) -> Period:
    """The period in which an instant lies. Weeks are those of ISO 8601, from Monday."""
    day = _day(at, zone)
    first, after = _days(day, unit)
    end = _midnight(after, zone) if after is not None else _LAST
    return Period(name=_named(day, unit), start=_midnight(first, zone), end=end)


def _day(at: datetime, zone: ZoneInfo) -> date:
    try:
        return at.astimezone(zone).date()
    except OverflowError:  # the very first and the very last day, seen from another zone
        return at.date()


def _days(day: date, unit: str) -> tuple[date, date | None]:
    """The first day, and the one after the last; None where that is after the year 9999."""
    if unit in _MONTHS:
        length = _MONTHS[unit]
        first = day.replace(month=(day.month - 1) // length * length + 1, day=1)
        months = first.year * 12 + first.month - 1 + length
        return first, date(months // 12, months % 12 + 1, 1) if months // 12 <= date.max.year else None
    first = day if unit == "day" else day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    length = 1 if unit == "day" else 7 - first.weekday()
    return first, first + timedelta(days=length) if (date.max - first).days >= length else None


def _named(day: date, unit: str) -> str:
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if unit == "quarter":
        return f"{day.year:04}-Q{(day.month - 1) // 3 + 1}"
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:  # likewise
        return datetime.min.replace(tzinfo=UTC) if day.year == date.min.year else _LAST
