"""Reads a calendar: its zone, its week, its holidays and the days that are different."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from careengine.clock import Calendar, Shift, public_holidays, read_shift
from careengine.clock.holidays import subdivisions
from careengine.clock.shift import DAY
from careengine.model.hours import WorkingHours
from careengine.model.pointer import join
from careengine.policy.suggest import did_you_mean, shown
from careengine.policy.values import read_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAST = 60  # minutes a week: nothing would fall due for years on less, and more is never meant

_Placed = list[tuple[str, Shift]]  # shifts, each after the pointer of its place


def read_calendar(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> WorkingHours | None:
    """The hours of a calendar; None when anything is wrong with them."""
    return _Reader(findings, raw).read()


@dataclass(slots=True)
class _Reader:
    findings: Findings
    raw: Mapping[str, Any]
    taken: dict[date, str] = field(default_factory=dict)  # what stands for a day already, by its pointer

    def read(self) -> WorkingHours | None:
        zone, week, holidays = read_zone(self.findings, "/zone", self.raw.get("zone")), self._week(), self._holidays()
        days = {**self._closed(), **self._days()}
        if self.findings.fatal or zone is None:
            return None
        shifts = [tuple(shift for _, shift in day) for day in week]
        return WorkingHours(hours=Calendar(zone=zone, week=shifts, days=days, **holidays))

    def _week(self) -> list[_Placed]:
        block = self.raw.get("week")
        given: Mapping[str, Any] = block if isinstance(block, dict) else {}
        week = [self._shifts(given.get(day), f"/week/{day}") for day in WEEK]
        if isinstance(block, dict) and self.findings.clean("/week"):
            self._check_week(week)
        return week

    def _check_week(self, week: Sequence[_Placed]) -> None:
        minutes = sum(shift.end - shift.start for day in week for _, shift in day)
        if minutes < LEAST:
            message = "the calendar never opens" if not minutes else f"the calendar opens for {minutes} minutes a week"
            self.findings.add("CE334", "/week", message, "give its days hours such as `[09:00-17:00]`", at_key=True)
            return
        placed = [(number * DAY, place, shift) for number, day in enumerate(week) for place, shift in day]
        self._check_apart([(start + shift.start, start + shift.end, place) for start, place, shift in placed])
        # The night from Sunday to Monday.
        ends = max(start + shift.end for start, _, shift in placed) - len(WEEK) * DAY
        first, place = min((start + shift.start, place) for start, place, shift in placed)
        if ends > first and self.findings.clean(place):
            self._overlap(place, "that of Sunday")

    def _check_apart(self, stretches: list[tuple[int, int, str]]) -> None:
        for (_, end, before), (start, _, place) in pairwise(sorted(stretches)):
            if start < end and self.findings.clean(place):
                self._overlap(place, f"`{self.findings.document.root.find(before).value}`")

    def _overlap(self, place: str, other: str) -> None:
        message = f"this shift begins before {other} ends"
        self.findings.add("CE333", place, message, "let one end before the other begins, or write them as one")

    def _shifts(self, raw: Any, pointer: str) -> _Placed:
        placed = []
        for number, text in enumerate(raw if isinstance(raw, list) else ()):
            place = join(pointer, number)
            if isinstance(text, str) and self.findings.clean(place):
                try:
                    placed.append((place, read_shift(text)))
                except ValueError as error:
                    message, _, hint = str(error).partition("; ")
                    self.findings.add("CE332", place, message, hint)
        return placed

    def _holidays(self) -> dict[str, Callable[[int], Collection[date]]]:
        block = self.raw.get("holidays")
        if not isinstance(block, dict) or not self.findings.clean("/holidays"):
            return {}
        country, part = block["country"], block.get("subdivision")
        known = subdivisions()
        if country not in known:
            hint = did_you_mean(country, known)
            self.findings.add("CE331", "/holidays/country", f"no public holidays are known of {shown(country)}", hint)
        elif part is not None and part not in known[country]:
            hint = did_you_mean(part, known[country]) or _some(known[country])
            message = f"`{country}` has no part {shown(part)} with holidays of its own"
            self.findings.add("CE331", "/holidays/subdivision", message, hint)
        else:
            return {"holidays": public_holidays(country, part)}
        return {}

    def _closed(self) -> dict[date, Sequence[Shift]]:
        raw = self.raw.get("closed")
        days = [self._day(text, f"/closed/{at}") for at, text in enumerate(raw if isinstance(raw, list) else ())]
        return {day: () for day in days if day}

    def _days(self) -> dict[date, Sequence[Shift]]:
        found: dict[date, Sequence[Shift]] = {}
        raw = self.raw.get("days")
        for number, block in enumerate(raw if isinstance(raw, list) else ()):
            pointer = f"/days/{number}"
            if isinstance(block, dict) and self.findings.clean(pointer):
                day = self._day(block["date"], f"{pointer}/date")
                placed = self._shifts(block["hours"], f"{pointer}/hours")
                self._check_apart([(shift.start, shift.end, place) for place, shift in placed])
                if day:
                    found[day] = tuple(shift for _, shift in placed)
        return found

    def _day(self, text: Any, pointer: str) -> date | None:
        if not isinstance(text, str) or not self.findings.clean(pointer):
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.findings.add("CE310", pointer, f"{shown(text)} is no day", "write a date such as `2026-12-28`")
            return None
        if day in self.taken:
            line, _ = self.findings.document.place(self.taken[day])
            self.findings.add("CE337", pointer, f"`{text}` stands in line {line} already", "say once what that day is")
            return None
        self.taken[day] = pointer
        return day


def _some(parts: Sequence[str]) -> str:
    return f"it has {', '.join(f'`{part}`' for part in parts[:20])}" if parts else "leave it out: it has none"
