"""What falls due: each timer becomes an event of ours at its instant, once, whoever works on it and however late.

Nothing is marked while a timer is worked on: it is taken away in the transaction of its event, and whoever comes second
finds it gone. When that transaction fails it is still there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from careengine.store.prepared import Prepared
from careengine.store.tables import timers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

_ONE = (timers.c.tenant == bindparam("of_tenant"), timers.c.id == bindparam("of_id"))
_SET = ("due_at", "try_at", "attempts", "event", "document")
_MOVE = Prepared(
    update(timers).where(*_ONE).values({name: bindparam(name, type_=timers.c[name].type) for name in _SET})
)
_ADD = Prepared(insert(timers), ("tenant", "id", *_SET))
_TAKEN = ("id", "due_at", "document", "attempts")
_DUE = Prepared(
    select(*(timers.c[name] for name in _TAKEN))
    .where(timers.c.tenant == bindparam("tenant"), timers.c.try_at <= bindparam("now"))
    .order_by(timers.c.try_at, timers.c.id)
    .limit(literal_column("1"))
    .with_for_update(skip_locked=True)
)
_CANCEL = Prepared(delete(timers).where(*_ONE))

MOST = 10_000  # what is counted; more is as many
SETTLING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer: its id within its tenant, when it is due, the event it becomes, and how often that failed."""

    id: str
    due_at: datetime
    document: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many timers there are, how many of them failed, and when the one that should have fired first was due."""

    count: int
    failed: int
    oldest: datetime | None


def put(
    transaction: Connection,
    tenant: str,
    timer_id: str,
    due_at: datetime,
    event_number: int,
    document: Mapping[str, Any],
    try_at: datetime | None = None,
) -> None:
    """Set a timer, or move the one of that id.

    `document` is the event that it becomes, as JSON that fits `interaction.schema.json` (`model.due_event` makes one).
    `event_number` is the event that it comes from: the timer goes when that event is erased. `try_at` is later than
    `due_at` where it is not to fire before.
    """
    values = {"due_at": due_at, "try_at": try_at or due_at, "attempts": 0, "event": event_number, "document": document}
    if not _MOVE.change(transaction, {"of_tenant": tenant, "of_id": timer_id, **values}):
        _ADD.change(transaction, {"tenant": tenant, "id": timer_id, **values})


def of_offer(action: str) -> str:
    """The id of the timer at which an offer runs out; `action` is the id of the action that makes it."""
    return f"offer:{action}"


def of_task(task: str) -> str:
    """The id of the timer at which the next role is asked about a task."""
    return f"task:{task}"


def settled(due_at: datetime, now: datetime) -> datetime:
    """When a timer may fire that an event sets: when it is due, or if that is over already, after what comes behind it.

    Whoever tells of yesterday tells more than one thing, and the next may say that it is done.
    """
    return due_at if due_at > now else now + SETTLING


def cancel(transaction: Connection, tenant: str, timer_id: str) -> bool:
    """Take a timer away before it is due; False when there is none."""
    return bool(_CANCEL.change(transaction, {"of_tenant": tenant, "of_id": timer_id}))


def next_at(reader: Connection, tenant: str) -> datetime | None:
    """When there is something to do next; None when no timer is set."""
    at: datetime | None = reader.scalar(select(func.min(timers.c.try_at)).where(timers.c.tenant == tenant))
    return at


def due(transaction: Connection, tenant: str, now: datetime) -> Timer | None:
    """The first timer that is due and that nobody else is taking at the moment. It is not taken by that (`take`)."""
    rows = _DUE.rows(transaction, {"tenant": tenant, "now": now})
    return Timer(**dict(zip(_TAKEN, rows[0], strict=True))) if rows else None


def take(transaction: Connection, tenant: str, timer: Timer) -> bool:
    """Take a timer away because it becomes its event; False when somebody did before, or moved it."""
    same = timers.c.due_at == timer.due_at
    return bool(transaction.execute(delete(timers).where(*_one(tenant, timer.id), same)).rowcount)


def put_off(transaction: Connection, tenant: str, timer: Timer, try_at: datetime) -> None:
    """Try a timer again at an instant, because its event could not be kept."""
    same = timers.c.due_at == timer.due_at
    later = {"try_at": try_at, "attempts": timer.attempts + 1}
    transaction.execute(update(timers).where(*_one(tenant, timer.id), same).values(later))


def waiting(reader: Connection, tenant: str) -> Waiting:
    """How many there are, counted up to a bound."""
    mine = timers.c.tenant == tenant
    failed = select(timers.c.due_at).where(mine, timers.c.attempts > 0).order_by(timers.c.due_at).limit(MOST).subquery()
    failures, oldest_failed = reader.execute(select(func.count(), func.min(failed.c.due_at))).one()
    fresh = select(timers.c.due_at).where(mine).order_by(timers.c.try_at).limit(MOST).subquery()
    count, oldest = reader.execute(select(func.count(), func.min(fresh.c.due_at))).one()
    return Waiting(count=count, failed=failures, oldest=min((at for at in (oldest, oldest_failed) if at), default=None))


def _one(tenant: str, timer_id: str) -> tuple[Any, Any]:
    return timers.c.tenant == tenant, timers.c.id == timer_id
