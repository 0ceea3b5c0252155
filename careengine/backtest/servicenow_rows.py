"""The rows of a ServiceNow incident history (the audit log exported as CSV, one row an update), read and sorted."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from careengine.errors import CareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_MISSING = frozenset({"", "?"})
_NEEDED = ("number", "sys_mod_count", "sys_updated_at")
_KEPT = (
    "incident_state",
    "made_sla",
    "caller_id",
    "contact_type",
    "category",
    "priority",
    "assignment_group",
    "assigned_to",
)
_TIMES = ("%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_MAX_CELL = 200  # characters, as in the interaction schema
_MAX_DIGITS = 9  # a case has fewer than a thousand million updates


class NotAnExportError(CareError):
    """The file is no incident export at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that is left out: its line in the file and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Row:
    """One update, small enough to sort a long history in memory; rows compare as time goes.

    `cells` holds the columns we use, as text, without those that are missing.
    """

    at: datetime
    number: str
    mod: int
    line: int
    opened_at: datetime | None = field(compare=False)
    reassignments: int | None = field(compare=False)
    reopens: int | None = field(compare=False)
    cells: Mapping[str, str] = field(compare=False)


def read_rows(lines: Iterable[str], report: Callable[[BadRow], None]) -> list[Row]:
    """All readable rows in time order; `report` is told of each that is left out.

    Raises NotAnExportError when the first line is not the header of an incident export.
    """
    reader = csv.reader(lines)
    header = _header(reader)
    return sorted(_rows(reader, header, report))


def _rows(reader: Any, header: list[str], report: Callable[[BadRow], None]) -> Iterator[Row]:
    seen: dict[tuple[str, int, datetime], int] = {}
    while True:
        try:
            values = next(reader)
            row = _row(header, values, reader.line_num) if values else None
        except StopIteration:
            return
        except (ValueError, csv.Error) as error:
            report(BadRow(line=reader.line_num, why=str(error)))
            continue
        if row is None:
            continue
        first = seen.setdefault((row.number, row.mod, row.at), row.line)
        if first == row.line:
            yield row
        else:
            report(BadRow(line=row.line, why=f"the same update of `{row.number}` stands on line {first}"))


def _header(reader: Any) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise NotAnExportError(f"not a CSV file: {error}") from error
    if missing := [name for name in _NEEDED if name not in header]:
        raise NotAnExportError(f"no column `{missing[0]}` in the first line; is this an incident export as CSV?")
    return header


def _row(header: list[str], values: list[str], line: int) -> Row:
    if len(values) != len(header):
        raise ValueError(f"{len(values)} cells where the header has {len(header)}")
    cells = {name: value.strip() for name, value in zip(header, values, strict=True) if value.strip() not in _MISSING}
    for name in _NEEDED:
        if name not in cells:
            raise ValueError(f"`{name}` is missing")
    for name in ("number", *_KEPT):
        _check_text(name, cells.get(name, ""))
    return Row(
        at=_time(cells, "sys_updated_at"),
        number=cells["number"],
        mod=_count(cells, "sys_mod_count"),
        line=line,
        opened_at=_time(cells, "opened_at") if "opened_at" in cells else None,
        reassignments=_count(cells, "reassignment_count") if "reassignment_count" in cells else None,
        reopens=_count(cells, "reopen_count") if "reopen_count" in cells else None,
        cells={name: cells[name] for name in _KEPT if name in cells},
    )


def _check_text(name: str, text: str) -> None:
    if len(text) > _MAX_CELL or not text.isprintable():
        raise ValueError(f"`{name}` is not readable text of at most {_MAX_CELL} characters")


def _time(cells: Mapping[str, str], name: str) -> datetime:
    """A time, taken as UTC: the export names no zone."""
    for pattern in _TIMES:
        try:
            return datetime.strptime(cells[name], pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"`{name}` is `{cells[name]}`, which is no time; expected such as `29-02-2016 01:16`")


def _count(cells: Mapping[str, str], name: str) -> int:
    text = cells[name]
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise ValueError(f"`{name}` is `{text}`, which is no count")
    return int(text)
