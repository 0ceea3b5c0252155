"""A case of a calendar: when something begins to count, how long, and when it must be due."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from careengine.backtest.rule_case import Fault
from careengine.clock import due
from careengine.model.policy import CALENDAR
from careengine.model.value import parse_duration, parse_instant, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from careengine.backtest.rule_case import Case
    from careengine.model.hours import Hours
    from careengine.model.policy import Policy

DUE = "due"
_OWN = frozenset({"name", "start", "within", "due"})


def wrong_sort(case: Case, policy: Policy) -> Iterator[Fault]:
    """What a case has that is for policies of another kind."""
    if policy.kind == CALENDAR:
        for key in case.own:
            if key not in _OWN:
                message = f"`{key}` says nothing about a calendar"
                yield Fault(
                    pointer=f"{case.pointer}/{key}", message=message, suggestion="give `start`, `within`, `due`"
                )
    elif DUE in case.own:
        message = "`start`, `within` and `due` are for calendars"
        yield Fault(
            pointer=f"{case.pointer}/{DUE}", message=message, suggestion="say what the policy must do: `expect`"
        )


def judge_calendar(case: Mapping[str, Any], hours: Hours) -> tuple[str, ...]:
    """Nothing when it is due as expected; otherwise the lines that say when it is."""
    wanted = parse_instant(case["due"])
    found = due(parse_instant(case["start"]), parse_duration(case["within"]), hours)
    if found == wanted:
        return ()
    zone = getattr(hours, "zone", None)
    said = _said(found, zone) if found else "never"
    return (f"expected: {case['within']} after {case['start']} is {_said(wanted, zone)}; but it is {said}",)


def _said(at: datetime, zone: ZoneInfo | None) -> str:
    there = f" ({at.astimezone(zone):%a %d %b %H:%M} in {zone})" if zone else ""
    return f"{say_instant(at.astimezone(UTC))}{there}"
