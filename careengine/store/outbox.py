"""Every action of every decision, and what became of it. The outbox is the part that an adapter carries out.

A parked action does not hold up later ones of the same case: what is due to a customer next must not wait for the
day on which somebody finds the time to look at the parked one.

Where several programs deliver, each marks what it claims with its own mark. Nobody knows what became of an action whose
program ended meanwhile: it is due again, and an adapter reads before it writes. What may still be on its way to the CRM
would not be found there yet, so `settling` puts off when it is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    exists,
    false,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, PROPOSE, Action
from careengine.store import reservations, timers
from careengine.store.prepared import Prepared
from careengine.store.states import DONE, DROPPED, DUE, PARKED, SENDING, TOLD, WAITING
from careengine.store.tables import actions
from careengine.store.words import brief

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from careengine.model.adapter import Receipt

_ADD = Prepared(
    insert(actions),
    [column.name for column in actions.c if column.name not in ("seq", "outcome", "detail", "reference", "claimed_by")],
)
_EARLIER = actions.alias("earlier")
# Written out, because a database uses the index of unfinished actions only where it sees that they are asked for.
_IS_DUE: ColumnElement[str] = literal_column(f"'{DUE}'")
_IS_SENDING: ColumnElement[str] = literal_column(f"'{SENDING}'")
_BLOCKED = exists().where(
    _EARLIER.c.tenant == actions.c.tenant,
    _EARLIER.c.adapter == actions.c.adapter,
    _EARLIER.c.target == actions.c.target,
    _EARLIER.c.target != "",
    _EARLIER.c.seq < actions.c.seq,
    _EARLIER.c.state.in_((_IS_DUE, _IS_SENDING)),
)
_NEXT = (
    select(actions)
    .where(actions.c.tenant == bindparam("tenant"), actions.c.adapter == bindparam("adapter"))
    .where(actions.c.state == _IS_DUE, actions.c.due_at <= bindparam("now"), ~_BLOCKED)
    .order_by(actions.c.seq)
    .limit(1)
    .with_for_update(skip_locked=True, of=actions)  # what another program is just claiming
)
_AT_ONCE = timedelta()
RESTRICT = "restrict"
LEFT = "the program ended while this was being sent; the CRM is read before it is written again"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAction:
    """An action with its state. `outcome`, `detail` and `reference` are the receipt, None before there is one.

    Until then `detail` is what the CRM said when it refused the action the last time.
    """

    tenant: str
    decision: str
    adapter: str
    action: Action
    state: str
    attempts: int
    due_at: datetime
    changed_at: datetime
    reason: str
    outcome: str | None
    detail: str | None
    reference: str | None


def add(
    transaction: Connection,
    tenant: str,
    decision: str,
    adapter: str,
    proposed: Iterable[Mapping[str, Any]],
    deliverable: Collection[str],
    now: datetime,
) -> None:
    """Keep a decision's actions (their JSON); those of a type in `deliverable` that are to be done are due at once."""
    rows = [
        {
            "tenant": tenant,
            "id": action["id"],
            "decision": decision,
            "type": action["type"],
            "status": action["status"],
            "adapter": adapter,
            "target": action["target"],
            "action": action,
            "state": _first_state(action, deliverable),
            "attempts": 0,
            "due_at": now,
            "changed_at": now,
            "reason": "",
        }
        for action in proposed
    ]
    if rows:
        _ADD.run(transaction, rows)


def _first_state(action: Mapping[str, Any], deliverable: Collection[str]) -> str:
    if action["status"] in (AWAIT_APPROVAL, PROPOSE):
        return WAITING
    return DUE if action["status"] == EXECUTE and action["type"] in deliverable else TOLD


def claimants(reader: Connection, tenant: str) -> set[int | None]:
    """The marks of the programs that are sending."""
    sending = actions.c.tenant == tenant, actions.c.state == _IS_SENDING
    return set(reader.scalars(select(actions.c.claimed_by).where(*sending).distinct()))


def recover(
    transaction: Connection,
    tenant: str,
    now: datetime,
    of: Collection[int | None] | None = None,
    settling: timedelta = _AT_ONCE,
) -> int:
    """Make due again what programs were sending when they ended: all, or those with these marks; gives how many."""
    sending = [actions.c.tenant == tenant, actions.c.state == _IS_SENDING]
    if of is not None:
        sending.append(or_(false(), *(actions.c.claimed_by.is_not_distinct_from(mark) for mark in of)))
    values = {"state": DUE, "due_at": now + settling, "reason": LEFT, "changed_at": now, "claimed_by": None}
    return transaction.execute(update(actions).where(*sending).values(values)).rowcount


def claim(
    transaction: Connection, tenant: str, adapter: str, now: datetime, by: int | None = None
) -> StoredAction | None:
    """Take the oldest action that is due, counting the attempt; None when nothing is.

    An action waits for earlier unfinished ones of the same target. `by` is the mark of this program; one that claims
    has nothing else in its hands, so what it still seems to be sending is a claim whose answer got lost.
    """
    if by is not None:
        mine = actions.c.adapter == adapter, actions.c.state == _IS_SENDING, actions.c.claimed_by == by
        left = {"state": DUE, "reason": LEFT, "claimed_by": None}
        transaction.execute(update(actions).where(actions.c.tenant == tenant, *mine).values(left))
    asked = {"tenant": tenant, "adapter": adapter, "now": now}
    row = transaction.execute(_NEXT, asked).one_or_none()
    if row is None:
        return None
    _set(transaction, tenant, row.id, state=SENDING, attempts=row.attempts + 1, changed_at=now, claimed_by=by)
    return get(transaction, tenant, row.id)


def done(transaction: Connection, tenant: str, action_id: str, receipt: Receipt, now: datetime) -> None:
    """Record the receipt: the CRM has it, and what it takes up of limits is spent."""
    _set(transaction, tenant, action_id, state=DONE, reason="", changed_at=now, claimed_by=None, **_receipt(receipt))
    reservations.spend(transaction, tenant, action_id)


def again(
    transaction: Connection,
    tenant: str,
    action_id: str,
    due_at: datetime,
    reason: str,
    now: datetime,
    attempts: int,
    by: int | None = None,
    *,
    said: str = "",
) -> None:
    """Try again at `due_at`, with `attempts` counted so far; nothing, when `by` has no longer claimed it."""
    values = {"due_at": due_at, "reason": brief(reason), "attempts": attempts, "changed_at": now}
    _give_back(transaction, tenant, action_id, by, state=DUE, detail=brief(said), **values)


def park(
    transaction: Connection,
    tenant: str,
    action_id: str,
    reason: str,
    now: datetime,
    by: int | None = None,
    settling: timedelta = _AT_ONCE,
    *,
    said: str = "",
) -> None:
    """Leave it to a person, with the reason and the CRM's words; nothing, when `by` has no longer claimed it."""
    values = {"due_at": now + settling, "reason": brief(reason), "detail": brief(said), "changed_at": now}
    _give_back(transaction, tenant, action_id, by, state=PARKED, **values)


def retry_parked(transaction: Connection, tenant: str, action_id: str, reason: str, now: datetime) -> bool:
    """A person lets a parked action be tried again from the first attempt; False when it is not parked."""
    return _settle(transaction, tenant, action_id, retried(reason, now))


def retried(reason: str, now: datetime) -> dict[str, Any]:
    """What changes in a parked action that is tried again."""
    settled = case((actions.c.due_at > now, actions.c.due_at), else_=literal(now, actions.c.due_at.type))
    return {"state": DUE, "attempts": 0, "due_at": settled, "reason": brief(reason), "changed_at": now}


def drop_parked(transaction: Connection, tenant: str, action_id: str, reason: str, now: datetime) -> bool:
    """A person decides against a parked action, and the CRM's words go; False when it is not parked.

    What it takes up of limits is free again.
    """
    was_parked = _settle(transaction, tenant, action_id, dropped(reason, now))
    if was_parked:
        reservations.release(transaction, tenant, action_id)
        timers.cancel(transaction, tenant, timers.of_offer(action_id))
    return was_parked


def dropped(reason: str, now: datetime) -> dict[str, Any]:
    """What changes in a parked action that is dropped."""
    return {"state": DROPPED, "reason": brief(reason), "detail": None, "changed_at": now}


def agreed(
    transaction: Connection,
    tenant: str,
    action_id: str,
    deliverable: Collection[str],
    reason: str,
    now: datetime,
    params: Mapping[str, Any] | None = None,
) -> bool:
    """A person says yes to a waiting action, maybe with other `params`; False when it does not wait any more.

    It is due at once if its type is in `deliverable`.
    """
    found = get(transaction, tenant, action_id)
    if found is None or found.state != WAITING:
        return False
    kept = {**found.action.to_json(), "params": {**found.action.params, **(params or {})}}
    state = DUE if found.action.type in deliverable else TOLD
    values = {"state": state, "due_at": now, "reason": brief(reason), "action": kept, "changed_at": now}
    _set(transaction, tenant, action_id, **values)
    return True


def refused(transaction: Connection, tenant: str, action_id: str, reason: str, now: datetime) -> bool:
    """A person says no to a waiting action; False when it does not wait any more."""
    waiting = (*_named(tenant, action_id), actions.c.state == WAITING)
    return transaction.execute(update(actions).where(*waiting).values(dropped(reason, now))).rowcount == 1


def overtaken(transaction: Connection, tenant: str, restriction: str, reason: str, now: datetime) -> int:
    """Drop what would still restrict in the CRM for a restriction that is over, due or parked; gives how many."""
    unsent = actions.c.type == RESTRICT, actions.c.state.in_((_IS_DUE, PARKED))
    rows = transaction.execute(select(actions).where(actions.c.tenant == tenant, *unsent)).all()
    mine = [row.id for row in rows if restriction in (row.id, row.action["params"].get("restriction"))]
    for action_id in mine:
        _set(transaction, tenant, action_id, **dropped(reason, now))
    return len(mine)


def get(reader: Connection, tenant: str, action_id: str) -> StoredAction | None:
    """One action by its id."""
    row = reader.execute(select(actions).where(*_named(tenant, action_id))).one_or_none()
    return None if row is None else _stored(row)


def in_state(
    reader: Connection, tenant: str, state: str, limit: int = 100, after: str | None = None
) -> list[StoredAction]:
    """The actions in a state, the oldest first: `waiting` for a person, `parked`, `due`.

    `after` is the id of the last one seen before, whatever its state is by now.
    """
    query = select(actions).where(actions.c.tenant == tenant, actions.c.state == state)
    if after is not None:
        query = query.where(actions.c.seq > select(actions.c.seq).where(*_named(tenant, after)).scalar_subquery())
    return [_stored(row) for row in reader.execute(query.order_by(actions.c.seq).limit(limit))]


def _settle(transaction: Connection, tenant: str, action_id: str, values: dict[str, Any]) -> bool:
    parked = (*_named(tenant, action_id), actions.c.state == PARKED)
    return transaction.execute(update(actions).where(*parked).values(values)).rowcount == 1


def _set(transaction: Connection, tenant: str, action_id: str, **values: Any) -> None:
    transaction.execute(update(actions).where(*_named(tenant, action_id)).values(values))


def _give_back(transaction: Connection, tenant: str, action_id: str, by: int | None, **values: Any) -> None:
    mine = (*_named(tenant, action_id), actions.c.claimed_by.is_not_distinct_from(by))
    transaction.execute(update(actions).where(*mine).values(claimed_by=None, **values))


def _named(tenant: str, action_id: str) -> tuple[Any, Any]:
    return actions.c.tenant == tenant, actions.c.id == action_id


def _receipt(receipt: Receipt) -> dict[str, str]:
    return {
        "outcome": receipt.outcome,
        "detail": brief(receipt.detail),
        "reference": brief(receipt.reference),
    }


def _stored(row: Row[Any]) -> StoredAction:
    return StoredAction(
        tenant=row.tenant,
        decision=row.decision,
        adapter=row.adapter,
        action=Action(**{**row.action, "policies": tuple(row.action["policies"])}),
        state=row.state,
        attempts=row.attempts,
        due_at=row.due_at,
        changed_at=row.changed_at,
        reason=row.reason,
        outcome=row.outcome,
        detail=row.detail,
        reference=row.reference,
    )
