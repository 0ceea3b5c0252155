"""A customer's history: narrow rows, clustered by customer and time, counted when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, or_, select

from careengine.model.history import Entry
from careengine.model.value import Money
from careengine.store.tables import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_COLUMNS = tuple(name for name in Entry.__slots__)


def add(transaction: Connection, tenant: str, customer: str, event: int, entries: Iterable[Entry]) -> None:
    """Keep the entries that one event made; `event` is the event's number."""
    key = {"tenant": tenant, "customer": customer, "event": event}
    rows = [{**key, "n": n, **_row(entry)} for n, entry in enumerate(entries)]
    if rows:
        transaction.execute(insert(history), rows)


def entries(
    reader: Connection, tenant: str, customer: str, until: datetime, since: Mapping[str, datetime | None]
) -> list[Entry]:
    """A customer's entries up to and at `until`, in the order of time.

    `since` names the kinds that are wanted, each with the instant after which its entries matter, None for all.
    """
    if not since:
        return []
    rows = reader.execute(
        select(*(history.c[name] for name in _COLUMNS))
        .where(history.c.tenant == tenant, history.c.customer == customer, history.c.at <= until)
        .where(*_not_before(since.values()), or_(*(_wanted(kind, after) for kind, after in since.items())))
        .order_by(history.c.at, history.c.event, history.c.n)
    )
    return [_entry(row) for row in rows]


def _not_before(instants: Iterable[datetime | None]) -> Sequence[ColumnElement[bool]]:
    """One bound for all kinds, so that the rows before it are not even looked at."""
    known = [instant for instant in instants if instant is not None]
    return () if len(known) < len(list(instants)) else (history.c.at > min(known),)


def _wanted(kind: str, after: datetime | None) -> ColumnElement[bool]:
    is_kind = history.c.kind == kind
    return is_kind if after is None else and_(is_kind, history.c.at > after)


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _COLUMNS}
    return {**row, "amount": None if entry.amount is None else str(entry.amount)}


def _entry(row: Row[Any]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Entry(**{**values, "amount": values["amount"] and Money.parse(values["amount"])})
