"""A stretch of a working day by the clock on the wall: `09:00-17:30`, or `21:00-02:00` past midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = 24 * 60  # minutes
_WRITTEN = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)", re.ASCII)
_HOUR = 60


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """From `start` to `end`, in minutes after midnight of the day on which it begins; past midnight `end` is over 1440.

    It lasts at most a day.
    """

    start: int
    end: int

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants at which it begins and ends when it begins on that day."""
        return _instant(day, self.start, zone), _instant(day, self.end, zone)

    def __str__(self) -> str:
        whole = (self.start, self.end) == (0, DAY)
        return f"{_said(self.start)}-{'24:00' if whole or self.end == DAY else _said(self.end % DAY)}"


def read_shift(text: str) -> Shift:
    """Read `09:00-17:30`; a shift that ends at or before its start ends on the day after. Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is no shift; write it as `09:00-17:30`, or `21:00-02:00` past midnight")
    hours = [int(part) for part in found.groups()]
    start, end = hours[0] * _HOUR + hours[1], hours[2] * _HOUR + hours[3]
    if start >= DAY or end > DAY or hours[1] >= _HOUR or hours[3] >= _HOUR:
        raise ValueError(f"`{text}` is no shift: the clock has 24 hours of 60 minutes")
    if start == end:
        raise ValueError(f"`{text}` does not say how long it is; write `00:00-24:00` for a whole day")
    return Shift(start, end if end > start else end + DAY)


def _said(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A time on the wall as an instant.

    As RFC 5545, section 3.3.5, has it: of a time that comes twice the first is meant, and one that the clock skips is
    told by the offset before. So shifts that touch on the wall touch as instants, too.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC)
