"""A calendar asks for nothing; it says when it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.hours import WorkingHours
    from careengine.model.policy import Policy

_DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def doings(policy: Policy, _: WorkingHours, __: Catalogue) -> Iterator[str]:
    """Its hours, a sentence each."""
    raw = policy.document
    week = raw["week"]
    for days, shifts in _alike([(name, week.get(day) or []) for day, name in _DAYS.items()]):
        yield f"{days} {_open(shifts)}"
    yield f"the hours are those of the clock in {raw['zone']}"
    if holidays := raw.get("holidays"):
        part = f", {holidays['subdivision']}" if "subdivision" in holidays else ""
        yield f"closed on the public holidays of {holidays['country']}{part}"
    if closed := raw.get("closed"):
        yield f"closed on {_listed(sorted(closed))}"
    for day in sorted(raw.get("days", ()), key=_date):
        yield f"on {day['date']} {_open(day['hours'])}"


def _alike(days: Sequence[tuple[str, Sequence[str]]]) -> Iterator[tuple[str, Sequence[str]]]:
    """Days in a row with the same hours, as one: `Monday to Friday`."""
    first = last = days[0][0]
    hours = days[0][1]
    for name, shifts in [*days[1:], ("", None)]:
        if shifts == hours:
            last = name
            continue
        yield (first if first == last else f"{first} to {last}"), hours
        first, last, hours = name, name, shifts or []


def _open(shifts: Sequence[str]) -> str:
    return f"open {_listed(shifts)}" if shifts else "closed"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _date(day: Mapping[str, Any]) -> str:
    return str(day["date"])
