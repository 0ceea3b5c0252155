"""What is older than it may be kept, found a page at a time, so that nobody waits long for the one who removes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, or_, select, update

from careengine.store import audit
from careengine.store.inbox import GONE
from careengine.store.removal import subject_of_delivery
from careengine.store.states import DONE, DROPPED, DUE, PARKED, SENDING, WAITING
from careengine.store.tables import actions, decisions, events, inbox, keys, rejects, tasks, timers
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

PAGE = 500
_UNFINISHED = exists().where(
    decisions.c.event == events.c.seq,
    actions.c.tenant == decisions.c.tenant,
    actions.c.decision == decisions.c.id,
    actions.c.state.in_((WAITING, DUE, SENDING, PARKED)),
)
_ASKED = exists().where(tasks.c.event == events.c.seq, tasks.c.state == OPEN)


_AWAITED = exists().where(timers.c.event == events.c.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The numbers of old events in one stretch, and where the next stretch begins; None: there is none."""

    numbers: list[int]
    next: int | None


def old_events(reader: Connection, tenant: str, before: datetime, after: int) -> Page:
    """Events recorded before that instant, with numbers above `after`, of which nothing waits or is under way or due.

    Events are numbered as they come, so the search ends at the first young one and never reads all there are.
    """
    stretch = (
        select(events.c.seq, events.c.recorded_at, or_(_UNFINISHED, _ASKED, _AWAITED).label("unfinished"))
        .where(events.c.tenant == tenant, events.c.seq > after)
        .order_by(events.c.seq)
        .limit(PAGE)
    )
    rows = reader.execute(stretch).all()
    old = [row for row in rows if row.recorded_at < before]
    more = len(rows) == PAGE and len(old) == len(rows)
    return Page(numbers=[row.seq for row in old if not row.unfinished], next=rows[-1].seq if more else None)


def count(reader: Connection, tenant: str, kind: str, before: datetime) -> int:
    """How many of a kind (deliveries, parked, rejects, keys) are older."""
    table, old = _old(kind, tenant, before)
    return reader.scalar(select(func.count()).select_from(table).where(*old)) or 0


def remove(transaction: Connection, tenant: str, kind: str, before: datetime, now: datetime) -> int:
    """Remove what `count` counts; of parked deliveries the content goes, and they count as dropped."""
    table, old = _old(kind, tenant, before)
    if kind != "parked":
        return transaction.execute(delete(table).where(*old)).rowcount
    numbers = list(transaction.scalars(select(inbox.c.seq).where(*old)))
    values = {"state": DROPPED, "reason": "nobody looked at it for too long", "changed_at": now, **GONE}
    transaction.execute(update(inbox).where(*old).values(values))
    audit.empty_reasons(transaction, tenant, [subject_of_delivery(number) for number in numbers])
    return len(numbers)


def _old(kind: str, tenant: str, before: datetime) -> tuple[Table, tuple[ColumnElement[bool], ...]]:
    old: dict[str, tuple[Table, Any]] = {
        "deliveries": (inbox, inbox.c.state.in_((DONE, DROPPED)) & (inbox.c.changed_at < before)),
        "parked": (inbox, (inbox.c.state == PARKED) & (inbox.c.changed_at < before)),
        "rejects": (rejects, rejects.c.at < before),
        "keys": (keys, or_(keys.c.revoked_at < before, keys.c.expires_at < before)),
    }
    table, condition = old[kind]
    return table, (table.c.tenant == tenant, condition)
