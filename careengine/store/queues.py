"""How much waits in the outbox and the inbox, and for how long. Counted up to a bound, so that asking stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from careengine.store import causes
from careengine.store.states import DUE, PARKED, SENDING, WAITING
from careengine.store.tables import actions, inbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Table

OUTBOX, INBOX = "outbox", "inbox"
MOST = 10_000  # what is counted in one state; more is as bad
_QUEUES = ((OUTBOX, actions, (DUE, SENDING, PARKED, WAITING)), (INBOX, inbox, (DUE, PARKED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What is in one state for one adapter: how many, and since when the one that is due for longest is due."""

    queue: str
    state: str
    adapter: str
    count: int
    due_at: datetime


def depths(reader: Connection, tenant: str) -> list[Depth]:
    """What waits, by queue, state and adapter; where nothing waits there is no entry."""
    return [
        depth
        for queue, table, states in _QUEUES
        for state in states
        for depth in _of(reader, tenant, queue, table, state)
    ]


def refused(reader: Connection, tenant: str) -> dict[str, str]:
    """The adapters whose CRM refused our credentials when it was last asked, each with what it said."""
    found: dict[str, str] = {}
    for table in (inbox, actions):
        due = select(table.c.adapter, table.c.reason).where(table.c.tenant == tenant, table.c.state == DUE)
        some = due.order_by(table.c.seq).limit(MOST).subquery()
        said = select(some.c.adapter, func.min(some.c.reason)).where(causes.has(some.c.reason, causes.REFUSED))
        found |= {row[0]: row[1] for row in reader.execute(said.group_by(some.c.adapter))}
    return found


def _of(reader: Connection, tenant: str, queue: str, table: Table, state: str) -> Iterator[Depth]:
    oldest = select(table.c.adapter, table.c.due_at).where(table.c.tenant == tenant, table.c.state == state)
    some = oldest.order_by(table.c.seq).limit(MOST).subquery()
    counted = select(some.c.adapter, func.count(), func.min(some.c.due_at)).group_by(some.c.adapter)
    for adapter, count, due_at in reader.execute(counted):
        yield Depth(queue=queue, state=state, adapter=adapter, count=count, due_at=due_at)
