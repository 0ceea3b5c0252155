"""The arithmetic: when so much working time has passed, and how much of it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine.clock.calendar import Span
    from careengine.model.hours import Hours

_NOTHING = timedelta(0)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """A stretch in which a clock stands still, such as waiting for the customer; without an end it still does."""

    start: datetime
    end: datetime = _LAST


def due(
    start: datetime, within: timedelta, calendar: Hours | None = None, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """The first instant by which so much time has passed since `start`: working time, or without a calendar any.

    None while the clock stands still, and when it would be after the year 9999.
    """
    start, left = start.astimezone(UTC), within
    if left <= _NOTHING:
        return start
    for begun, ended in _running(start, calendar, pauses):
        if ended - begun >= left:
            return begun + left
        left -= ended - begun
    return None


def elapsed(start: datetime, end: datetime, calendar: Hours | None = None, pauses: Sequence[Pause] = ()) -> timedelta:
    """How much time has passed between two instants: working time, or without a calendar any. Never less than none."""
    start, end, passed = start.astimezone(UTC), end.astimezone(UTC), _NOTHING
    for begun, ended in _running(start, calendar, pauses):
        if begun >= end:
            break
        passed += min(ended, end) - begun
    return passed


def _running(start: datetime, calendar: Hours | None, pauses: Iterable[Pause]) -> Iterator[Span]:
    """The stretches in which the clock runs, in order."""
    spans = iter([(start, _LAST)]) if calendar is None else calendar.spans(start)
    stops = sorted(pauses)
    return _without(spans, stops) if stops else spans


def _without(spans: Iterable[Span], stops: Sequence[Pause]) -> Iterator[Span]:
    for begun, ended in spans:
        at = begun
        for stop in stops:
            if stop.end <= at or stop.start >= ended:
                continue
            if stop.start > at:
                yield at, stop.start
            at = stop.end
        if at < ended:
            yield at, ended
        elif at == _LAST:
            return
