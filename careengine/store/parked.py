"""What is parked: how much of it for which cause, and settled all at once by a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from careengine.store import audit, causes, inbox, locks, outbox, reservations, tables, timers
from careengine.store.removal import subject_of_action, subject_of_delivery
from careengine.store.states import DROPPED, DUE, PARKED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from careengine.store import Store

ACTIONS, DELIVERIES = "actions", "deliveries"
RETRY, DROP = "retry", "drop"
_TABLES = {ACTIONS: tables.actions, DELIVERIES: tables.inbox}
_CHANGES = {
    (ACTIONS, RETRY): outbox.retried,
    (ACTIONS, DROP): outbox.dropped,
    (DELIVERIES, RETRY): inbox.retried,
    (DELIVERIES, DROP): inbox.dropped,
}
_AT_ONCE = 200  # in one transaction: others write in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """How many actions or deliveries of an adapter are parked for one cause, and since when the oldest is."""

    what: str
    adapter: str
    cause: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person decides on parked `actions` or `deliveries` of an adapter, for one cause or (None) for any."""

    what: str
    adapter: str
    cause: str | None
    do: str
    actor: str
    reason: str


def heaps(reader: Connection, tenant: str) -> list[Heap]:
    """Everything that is parked, by what it is, adapter and cause."""
    return [heap for what in _TABLES for heap in _heaps(reader, tenant, what)]


def _heaps(reader: Connection, tenant: str, what: str) -> list[Heap]:
    table = _TABLES[what]
    cause = causes.cause_of(table.c.reason).label("cause")
    counted = select(table.c.adapter, cause, func.count(), func.min(table.c.changed_at))
    counted = counted.where(table.c.tenant == tenant, table.c.state == PARKED).group_by(table.c.adapter, cause)
    rows = reader.execute(counted.order_by(table.c.adapter, cause))
    return [Heap(what=what, adapter=row[0], cause=row[1], count=row[2], since=row[3]) for row in rows]


def settle(store: Store, tenant: str, verdict: Verdict, now: datetime) -> int:
    """Try all of them again from the first attempt, or drop them; gives how many. The audit has an entry for each.

    What is parked after `now` is left alone. Raises StoreError; what was settled before it stays so.
    """
    settled = 0
    while some := store.transact(lambda transaction: _settle_some(transaction, tenant, verdict, now)):
        settled += some
    return settled


def _settle_some(transaction: Connection, tenant: str, verdict: Verdict, now: datetime) -> int:
    table = _TABLES[verdict.what]
    query = select(table).where(*_meant(verdict, tenant, now)).order_by(table.c.seq).limit(_AT_ONCE)
    rows = transaction.execute(query.with_for_update()).all()
    if rows:
        numbers = table.c.seq.in_([row.seq for row in rows])
        values = _CHANGES[verdict.what, verdict.do](verdict.reason, now)
        transaction.execute(update(table).where(table.c.tenant == tenant, numbers).values(values))
        if (verdict.what, verdict.do) == (ACTIONS, DROP):
            locks.hold_rooms(transaction, tenant)
            for row in rows:
                reservations.release(transaction, tenant, row.id)
                timers.cancel(transaction, tenant, timers.of_offer(row.id))
        audit.add_all(transaction, tenant, _deeds(verdict, rows), now)
    return len(rows)


def _meant(verdict: Verdict, tenant: str, now: datetime) -> list[ColumnElement[bool]]:
    table = _TABLES[verdict.what]
    meant = [table.c.tenant == tenant, table.c.state == PARKED, table.c.adapter == verdict.adapter]
    meant.append(table.c.changed_at <= now)
    return meant if verdict.cause is None else [*meant, causes.has(table.c.reason, verdict.cause)]


def _deeds(verdict: Verdict, rows: Sequence[Row[Any]]) -> list[audit.Deed]:
    state = DUE if verdict.do == RETRY else DROPPED
    return [
        audit.Deed(
            actor=verdict.actor,
            did=verdict.do,
            subject=subject_of_action(row.id) if verdict.what == ACTIONS else subject_of_delivery(row.seq),
            reason=verdict.reason,
            before={"state": PARKED, "attempts": row.attempts},
            after={"state": state, "attempts": 0 if verdict.do == RETRY else row.attempts},
        )
        for row in rows
    ]
