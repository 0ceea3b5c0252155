"""ServiceNow's incident history as interaction JSON, one event a row.

The rows of one case are compared one with the next, so that a change of hands becomes `case.transferred`, a
reopening `case.reopened` and so on. What the export does not say stays missing; nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.backtest.servicenow_rows import read_rows
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from careengine.backtest.servicenow_rows import BadRow, Row

SOURCE = "servicenow"
_STATUS = {
    "new": "new",
    "active": "open",
    "in progress": "open",
    "awaiting user info": "waiting_customer",
    "awaiting problem": "waiting_other",
    "awaiting vendor": "waiting_other",
    "awaiting evidence": "waiting_other",
    "on hold": "waiting_other",
    "resolved": "resolved",
    "closed": "closed",
    "canceled": "closed",
}
_PRIORITY = {"1": "urgent", "2": "high", "3": "normal", "4": "low", "5": "low"}
_CHANNEL = {
    "phone": "phone",
    "ivr": "phone",
    "email": "email",
    "chat": "chat",
    "virtual agent": "chat",
    "self service": "web",
    "self-service": "web",
    "walk-in": "in_person",
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What an import did, filled while it runs: events by type, and words it has no translation for."""

    events: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Case:
    """What the rows of one case have told so far."""

    reassignments: int = 0
    reopens: int = 0
    team: str | None = None
    resolved: bool = False


def interactions(lines: Iterable[str], tally: Tally, report: Callable[[BadRow], None]) -> Iterator[dict[str, Any]]:
    """Give one interaction a row, in time order over the whole file; `report` is told of rows left out.

    Raises NotAnExportError when the first line is not the header of an incident export.
    """
    cases: dict[str, _Case] = {}
    for row in read_rows(lines, report):
        event = _event(row, cases.get(row.number))
        cases[row.number] = _after(row, event, cases.get(row.number, _Case()))
        tally.events[event] += 1
        yield _document(row, event, tally)


def _event(row: Row, case: _Case | None) -> str:
    """The most pressing thing that a row tells: reopened, then changed hands, then resolved."""
    if case is None:
        return "case.opened"
    if row.reopens is not None and row.reopens > case.reopens:
        return "case.reopened"
    if _moved(row, case) or (row.reassignments is not None and row.reassignments > case.reassignments):
        return "case.transferred"
    if _status(row) == "resolved" and not case.resolved:
        return "case.resolved"
    return "case.updated"


def _moved(row: Row, case: _Case) -> bool:
    team = row.cells.get("assignment_group")
    return team is not None and case.team is not None and team != case.team


def _after(row: Row, event: str, before: _Case) -> _Case:
    """What is known of the case once a row is read. A reopened case may be resolved once more."""
    return _Case(
        reassignments=before.reassignments if row.reassignments is None else row.reassignments,
        reopens=before.reopens if row.reopens is None else row.reopens,
        team=row.cells.get("assignment_group", before.team),
        resolved=event == "case.resolved" or (before.resolved and event != "case.reopened"),
    )


def _document(row: Row, event: str, tally: Tally) -> dict[str, Any]:
    customer = row.cells.get("caller_id")
    return _without_none(
        {
            # The log uses a modification number twice now and then; with the time of the update it names one row.
            "id": f"{row.number}-{row.mod}-{row.at:%Y%m%dT%H%M%S}",
            "source": SOURCE,
            "type": event,
            "occurred_at": say_instant(row.at),
            "channel": _known(_CHANNEL, row, "contact_type", tally),
            "customer": {"id": customer} if customer else None,
            "case": _case(row, tally),
        }
    )


def _case(row: Row, tally: Tally) -> dict[str, Any]:
    cells = row.cells
    return _without_none(
        {
            "id": row.number,
            "status": _known(_STATUS, row, "incident_state", tally),
            "priority": _PRIORITY.get(cells.get("priority", "")[:1]),
            "owner": cells.get("assigned_to"),
            "team": cells.get("assignment_group"),
            "category": cells.get("category"),
            "opened_at": say_instant(row.opened_at) if row.opened_at else None,
            "reassignments": row.reassignments,
            "reopens": row.reopens,
            "within_target": {"true": True, "false": False}.get(cells.get("made_sla", "").lower()),
        }
    )


def _status(row: Row) -> str | None:
    return _STATUS.get(row.cells.get("incident_state", "").lower())


def _known(names: Mapping[str, str], row: Row, column: str, tally: Tally) -> str | None:
    """Our word for theirs; one without a translation stays missing and is counted."""
    text = row.cells.get(column)
    if text is None:
        return None
    known = names.get(text.lower())
    if known is None:
        tally.unknown[f"{column} `{text}`"] += 1
    return known


def _without_none(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}
