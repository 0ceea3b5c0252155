"""Hours of the day in which nobody is to be disturbed, by the clock on the wall where they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from careengine.clock.shift import DAY, Shift

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_FURTHEST = timedelta(days=8)  # the offsets of a week from now are those of today, but for one change of the clocks


def is_quiet(at: datetime, hours: Shift, zone: ZoneInfo) -> bool:
    """Whether an instant lies in the quiet hours of a zone: from their first minute, until just before their end."""
    minute = _minute(at, zone)
    return hours.start <= minute < hours.end or hours.start <= minute + DAY < hours.end


def next_loud(at: datetime, hours: Shift, zones: Sequence[ZoneInfo]) -> datetime | None:
    """The first instant from `at` on that is quiet in none of the zones, in UTC; None when a week has no such instant.

    Without zones it may be any zone of the world, and then there is none.
    """
    at = at.astimezone(UTC)
    end, found = at + _FURTHEST, at if zones else None
    while found is not None and found <= end:
        quiet = [zone for zone in zones if is_quiet(found, hours, zone)]
        if not quiet:
            return found
        found = max(_end(found, hours, zone) for zone in quiet)
    return None


def loud_stretches(
    at: datetime, hours: Shift, zones: Sequence[ZoneInfo], several: int
) -> list[tuple[datetime, datetime]]:
    """The next stretches from `at` on, at most so many, that are quiet in none of the zones: from, to just before."""
    found: list[tuple[datetime, datetime]] = []
    start = hours.end % DAY
    by_day = Shift(start, start + DAY - (hours.end - hours.start))
    while len(found) < several and (loud := next_loud(at, hours, zones)) is not None:
        ends = [end for zone in zones if (end := next_loud(loud, by_day, [zone])) is not None]
        if not ends:
            break
        at = min(ends)
        found.append((loud, at))
    return found


def _end(at: datetime, hours: Shift, zone: ZoneInfo) -> datetime:
    """When the quiet hours that it is in end, to the minute."""
    at = at.replace(second=0, microsecond=0)
    after = at + timedelta(minutes=(hours.end - _minute(at, zone)) % DAY or DAY)
    if at.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
        return after
    at += _MINUTE
    while is_quiet(at, hours, zone):  # the clocks change meanwhile, so the hands are followed
        if at - after > timedelta(days=1):
            return at
        at += _MINUTE
    return at


def _minute(at: datetime, zone: ZoneInfo) -> int:
    wall = at.astimezone(zone)
    return wall.hour * 60 + wall.minute
