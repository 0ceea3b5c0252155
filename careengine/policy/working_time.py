"""Calendars in rule files: who names which, and lengths of working time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.pointer import join
from careengine.model.policy import CALENDAR, LIVE, SHADOW
from careengine.policy.suggest import did_you_mean, shown
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from careengine.errors import Problem
    from careengine.model.policy import Policy
    from careengine.policy.findings import Findings

KEY = "calendar"
# More is never meant, and on a calendar that seldom opens it would reach beyond all dates.
MOST_WORKING = timedelta(hours=2000)
_CONDITIONS = ("when", "unless")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A calendar that a policy names, and where."""

    findings: Findings
    pointer: str
    name: str

    def refuse(self, message: str, hint: str) -> Problem:
        """The problem of a calendar that cannot be counted by."""
        self.findings.add("CE335", self.pointer, message, hint)
        return self.findings.problems[-1]


def calendars_named(findings: Findings) -> Iterator[Named]:
    """The calendars that a policy names, in its blocks and in its table."""
    raw = findings.document.value
    for key, value in raw.items() if isinstance(raw, dict) else ():
        found = _in_table(value) if key == "table" else _below(value, f"/{key}") if key not in _CONDITIONS else ()
        for pointer, name in found:
            if findings.clean(pointer):
                yield Named(findings=findings, pointer=pointer, name=name)


def unknown_calendars(named: Sequence[Named], policies: Sequence[Policy], taken: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the calendars that policies name. `taken` are all ids, also of files with mistakes."""
    if not named:
        return
    known = {policy.id: policy for policy in policies}
    calendars = [policy.id for policy in policies if policy.kind == CALENDAR]
    for each in named:
        found = known.get(each.name)
        if found is None and each.name not in taken:
            hint = did_you_mean(each.name, calendars) or "write one: a file of the kind `calendar`"
            yield each.refuse(f"there is no calendar {shown(each.name)}", hint)
        elif found and found.kind != CALENDAR:
            hint = did_you_mean(each.name, calendars) or "name a file of the kind `calendar`"
            yield each.refuse(f"{shown(each.name)} is no calendar but of the kind `{found.kind}`", hint)
        elif found and found.status != LIVE and each.findings.document.value.get("status") in (LIVE, SHADOW):
            message = f"the calendar {shown(each.name)} is not live but `{found.status}`"
            yield each.refuse(message, "set it to `status: live`, or name another")


def read_length(findings: Findings, pointer: str, block: Mapping[str, Any], key: str) -> timedelta | None:
    """The duration under a key of a block; of working time, where the block names a calendar.

    None when it is not there or was refused, now or before.
    """
    raw, place = block.get(key), join(pointer, key)
    length = read_duration(findings, place, raw)
    if length is None or KEY not in block:
        return length
    date_part = str(raw).partition("T")[0]
    if date_part[-1:] in ("d", "w", "D", "W"):
        hours = int(length / timedelta(hours=1))
        message = f"`{raw}` by a calendar would be {hours} hours of work, and not so many days"
        findings.add("CE336", place, message, "write working hours, such as `8h`")
        return None
    if length > MOST_WORKING:
        findings.add("CE336", place, f"`{raw}` is more than {MOST_WORKING // timedelta(hours=1):,} hours of work")
        return None
    return length


def _below(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == KEY and isinstance(part, str):
                yield join(pointer, key), part
            else:
                yield from _below(part, join(pointer, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _below(part, join(pointer, number))


def _in_table(table: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(table, dict):
        return
    inputs, outputs, rows = (_list(table.get(key)) for key in ("inputs", "outputs", "rows"))
    columns = [len(inputs) + at for at, name in enumerate(outputs) if str(name).endswith(f".{KEY}")]
    for number, row in enumerate(rows):
        for column in columns:
            cell = row[column] if isinstance(row, list) and column < len(row) else None
            if isinstance(cell, str) and cell != "-":
                yield f"/table/rows/{number}/{column}", cell


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
