"""Webhook deliveries as they came in, kept before they are acknowledged and worked off afterwards.

Beside them lie the interactions that were found in a CRM without a webhook. What was sent is removed as soon as a
delivery is processed or dropped: it holds people's words. What proved the sender is not kept at all.

What one CRM sent is worked off one after the other, also by several programs: a rule that counts a customer's contacts
must meet them in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, exists, insert, literal_column, select, update

from careengine.model.adapter import WebhookRequest
from careengine.store import locks
from careengine.store.scrub import without_secret_headers, without_secret_query
from careengine.store.states import DONE, DROPPED, DUE, PARKED
from careengine.store.tables import inbox
from careengine.store.words import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import Connection, Row

    # Whether what told of an event still waits, as this transaction sees it.
    StillThere = Callable[[Connection], bool]

FOUND = "FOUND"  # in place of the HTTP method: no webhook brought it
_IS_DUE: ColumnElement[str] = literal_column(f"'{DUE}'")
_CLAIMED = inbox.c.claimed_by.is_not(None)
GONE = {"url": "", "headers": None, "body": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A kept delivery with its state. `request` has an empty body once it was processed."""

    seq: int
    tenant: str
    adapter: str
    delivery: str
    request: WebhookRequest
    state: str
    attempts: int
    due_at: datetime
    received_at: datetime
    reason: str

    @property
    def found(self) -> Any:
        """The interaction that was found in the CRM; None for what a webhook brought."""
        return orjson.loads(self.request.body) if self.request.method == FOUND else None


def any_due(reader: Connection, tenant: str) -> bool:
    """Whether a delivery waits to be worked off."""
    waits = select(inbox.c.seq).where(inbox.c.tenant == tenant, inbox.c.state == DUE).limit(1)
    return reader.scalar(waits) is not None


def keep(
    transaction: Connection, tenant: str, adapter: str, delivery: str, request: WebhookRequest, now: datetime
) -> bool:
    """Keep a delivery by its id; False when it was kept before."""
    named = inbox.c.tenant == tenant, inbox.c.adapter == adapter, inbox.c.delivery == delivery
    if transaction.scalar(select(exists().where(*named))):
        return False
    transaction.execute(
        insert(inbox).values(
            tenant=tenant,
            adapter=adapter,
            delivery=delivery,
            method=request.method,
            url=without_secret_query(request.url),
            headers=without_secret_headers(request.headers),
            body=request.body,
            state=DUE,
            attempts=0,
            due_at=now,
            received_at=now,
            changed_at=now,
            reason="",
        )
    )
    return True


def keep_found(
    transaction: Connection, tenant: str, adapter: str, name: str, interaction: bytes, now: datetime
) -> bool:
    """Keep an interaction (its JSON) that was found in the CRM, by a name of its own; False when it was kept before."""
    request = WebhookRequest(method=FOUND, url="", headers={}, body=interaction)
    return keep(transaction, tenant, adapter, f"found:{name}", request, now)


def claim(transaction: Connection, tenant: str, adapter: str, now: datetime, by: int | None = None) -> Delivery | None:
    """The oldest delivery that is due, its attempt counted; None when nothing is, or another program is at one.

    `by` is the mark of this program, where there may be several. Working a delivery off twice is harmless, because its
    events are known by their ids.
    """
    mine = inbox.c.tenant == tenant, inbox.c.state == _IS_DUE, inbox.c.adapter == adapter
    if by is not None:
        locks.hold(transaction, "inbox", tenant, adapter)
        if transaction.scalar(select(exists().where(*mine, _CLAIMED, inbox.c.claimed_by != by))):
            return None
    query = select(inbox).where(*mine, inbox.c.due_at <= now).order_by(inbox.c.seq).limit(1)
    row = transaction.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    _set(transaction, tenant, row.seq, DUE, attempts=row.attempts + 1, claimed_by=by)
    return delivery_of(row, attempts=row.attempts + 1)


def waits(reader: Connection, tenant: str, seq: int) -> bool:
    """Whether this delivery is still to be worked off."""
    one = inbox.c.tenant == tenant, inbox.c.seq == seq, inbox.c.state == DUE
    return bool(reader.scalar(select(exists().where(*one))))


def claimants(reader: Connection, tenant: str) -> set[int | None]:
    """The marks of the programs that are at something."""
    return set(reader.scalars(select(inbox.c.claimed_by).where(inbox.c.tenant == tenant, _CLAIMED).distinct()))


def recover(transaction: Connection, tenant: str, of: Collection[int | None]) -> None:
    """Take what programs with these marks were at when they ended from them."""
    theirs = inbox.c.tenant == tenant, inbox.c.claimed_by.in_([mark for mark in of if mark is not None])
    transaction.execute(update(inbox).where(*theirs).values(claimed_by=None))


def done(transaction: Connection, tenant: str, seq: int, now: datetime) -> None:
    """It is processed; its content goes."""
    _set(transaction, tenant, seq, DUE, state=DONE, reason="", changed_at=now, claimed_by=None, **GONE)


def again(
    transaction: Connection, tenant: str, seq: int, due_at: datetime, reason: str, now: datetime, attempts: int
) -> None:
    """Try again at `due_at`, with `attempts` counted so far."""
    values = {"due_at": due_at, "reason": brief(reason), "attempts": attempts, "changed_at": now}
    _set(transaction, tenant, seq, DUE, claimed_by=None, **values)


def park(transaction: Connection, tenant: str, seq: int, reason: str, now: datetime) -> None:
    """Leave it to a person, with the reason."""
    _set(transaction, tenant, seq, DUE, state=PARKED, reason=brief(reason), changed_at=now, claimed_by=None)


def retry_parked(transaction: Connection, tenant: str, seq: int, reason: str, now: datetime) -> bool:
    """A person lets a parked delivery be tried again from the first attempt; False when it is not parked."""
    return _set(transaction, tenant, seq, PARKED, **retried(reason, now))


def retried(reason: str, now: datetime) -> dict[str, Any]:
    """What changes in a parked delivery that is tried again."""
    return {"state": DUE, "attempts": 0, "due_at": now, "reason": brief(reason), "changed_at": now}


def drop_parked(transaction: Connection, tenant: str, seq: int, reason: str, now: datetime) -> bool:
    """A person decides against a parked delivery, and its content goes; False when it is not parked."""
    return _set(transaction, tenant, seq, PARKED, **dropped(reason, now))


def dropped(reason: str, now: datetime) -> dict[str, Any]:
    """What changes in a parked delivery that is dropped."""
    return {"state": DROPPED, "reason": brief(reason), "changed_at": now, **GONE}


def get(reader: Connection, tenant: str, seq: int) -> Delivery | None:
    """One delivery by its number."""
    row = reader.execute(select(inbox).where(inbox.c.tenant == tenant, inbox.c.seq == seq)).one_or_none()
    return None if row is None else delivery_of(row, row.attempts)


def in_state(reader: Connection, tenant: str, state: str, limit: int = 100, after: int = 0) -> list[Delivery]:
    """The deliveries in a state with numbers above `after`, the oldest first."""
    query = select(inbox).where(inbox.c.tenant == tenant, inbox.c.state == state, inbox.c.seq > after)
    rows = reader.execute(query.order_by(inbox.c.seq).limit(limit))
    return [delivery_of(row, row.attempts) for row in rows]


def _set(transaction: Connection, tenant: str, seq: int, in_state: str, **values: Any) -> bool:
    one = inbox.c.tenant == tenant, inbox.c.seq == seq, inbox.c.state == in_state
    return transaction.execute(update(inbox).where(*one).values(values)).rowcount == 1


def delivery_of(row: Row[Any], attempts: int) -> Delivery:
    """A row of the table as a delivery."""
    request = WebhookRequest(method=row.method, url=row.url, headers=row.headers or {}, body=row.body or b"")
    return Delivery(
        seq=row.seq,
        tenant=row.tenant,
        adapter=row.adapter,
        delivery=row.delivery,
        request=request,
        state=row.state,
        attempts=attempts,
        due_at=row.due_at,
        received_at=row.received_at,
        reason=row.reason,
    )
