"""What actions take up of limits, budgets and authority: held, spent, or released; and waiting for a person's yes.

What is held counts until its end, what is spent until it is released, and what waits does not count. Nothing sweeps:
whoever reads looks at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from careengine.model.value import Money
from careengine.store import locks, totals
from careengine.store.prepared import Prepared
from careengine.store.tables import events, reservations
from careengine.store.totals import HELD, SPENT, UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    Row = Mapping[str, Any]

WAITING, RELEASED = "waiting", "released"

_OF = reservations.c
_COLUMNS = [column.name for column in _OF]
_ADD = Prepared(insert(reservations), _COLUMNS)
_ROOMS_OF_ACTION = Prepared(
    select(_OF.policy, _OF.scope)
    .where(_OF.tenant == bindparam("tenant"), _OF.action == bindparam("action"))
    .group_by(_OF.policy, _OF.scope)
    .order_by(func.min(_OF.place), _OF.policy, _OF.scope)
)
_OF_ACTION = Prepared(
    select(reservations)
    .where(_OF.tenant == bindparam("tenant"), _OF.action == bindparam("action"))
    .order_by(_OF.policy, _OF.scope)
    .with_for_update()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One reservation as it stands. `amount` is None where no money is counted.

    `place` is where it stands in the order in which its decision asked for room.
    """

    policy: str
    scope: str
    action: str
    at: datetime
    event: int
    state: str
    amount: Money | None = None
    until: datetime | None = None
    override: bool = False
    place: int = 0


def add(transaction: Connection, tenant: str, made: Sequence[Stored]) -> None:
    """Keep new reservations. Raises StoreError."""
    rows = [{"tenant": tenant, **_row(one)} for one in made]
    if rows:
        _ADD.run(transaction, rows)
        totals.shift(transaction, tenant, [(row, 1) for row in rows if _stands(row)])


def spend(transaction: Connection, tenant: str, action: str, amount: Money | None = None) -> None:
    """The action reached the customer: its room is taken for good, of `amount` where that is told. Raises StoreError.

    It is taken also when it was let go before, or nobody had said yes: what was given is given. More than there was
    room for is an override.
    """
    _change(transaction, tenant, action, lambda row: _spent(row, amount))


def release(transaction: Connection, tenant: str, action: str) -> None:
    """The action is off: taken back, declined, expired or dropped. Its room is free again. Raises StoreError."""
    _change(transaction, tenant, action, lambda _: {"state": RELEASED})


def approve(
    transaction: Connection,
    tenant: str,
    action: str,
    now: datetime,
    amount: Money | None = None,
    beyond: Collection[tuple[str, str]] = (),
) -> None:
    """A person said yes: it is reserved whatever the limit says, and what there was no room for is an override.

    From then on it is held until it is delivered or dropped. `amount` is what they granted instead of what was asked
    for, `beyond` are the policies and scopes that have no room
    for that. Raises StoreError.
    """
    _change(transaction, tenant, action, lambda row: _approved(row, now, amount, beyond))


def follow(transaction: Connection, tenant: str, customers: Sequence[str], before: str, after: str) -> None:
    """What events of these customers took of one scope was taken of another. Raises StoreError.

    The caller has all rooms to itself (`locks.hold_rooms`).
    """
    theirs = select(events.c.seq).where(events.c.tenant == tenant, events.c.customer.in_(customers))
    mine = _OF.tenant == tenant, _OF.event.in_(theirs), _OF.scope == before
    rows: list[Row] = [dict(row) for row in transaction.execute(select(reservations).where(*mine)).mappings()]
    if rows:
        transaction.execute(update(reservations).where(*mine).values(scope=after))
        moved = [
            (change, by) for row in rows if _stands(row) for change, by in ((row, -1), ({**row, "scope": after}, 1))
        ]
        totals.shift(transaction, tenant, moved)
        totals.drop_empty(transaction, tenant, sorted({(row["policy"], before) for row in rows}))


def of_action(reader: Connection, tenant: str, action: str) -> list[Stored]:
    """The reservations of an action, by policy. Raises StoreError."""
    query = select(reservations).where(_OF.tenant == tenant, _OF.action == action).order_by(_OF.policy, _OF.scope)
    return [_stored(dict(row)) for row in reader.execute(query).mappings()]


def forget(transaction: Connection, tenant: str, events: Sequence[int]) -> None:
    """Take what these events reserved out of the totals; the rows themselves go with their events.

    What was spent of what is everybody's or a team's stays, without what it was spent on: the money is not there again.
    """
    query = select(reservations).where(_OF.tenant == tenant, _OF.event.in_(events))
    locks.hold_rooms(transaction, tenant)
    rows: list[Row] = [dict(row) for row in transaction.execute(query).mappings()]
    for row in rows:
        if _stays(row):
            nameless = {"event": None, "action": f"erased {token_hex(8)}", "place": 0}
            transaction.execute(update(reservations).where(*_key(row)).values(nameless))
    totals.shift(transaction, tenant, [(row, -1) for row in rows if _stands(row) and not _stays(row)])
    totals.drop_empty(transaction, tenant, sorted({(row["policy"], row["scope"]) for row in rows}))


def _change(transaction: Connection, tenant: str, action: str, become: Callable[[Row], Row]) -> None:
    rooms = _ROOMS_OF_ACTION.rows(transaction, {"tenant": tenant, "action": action})
    if not rooms:
        return
    _hold(transaction, tenant, rooms)
    found = _OF_ACTION.rows(transaction, {"tenant": tenant, "action": action})
    moved: list[tuple[Row, int]] = []
    for before in (dict(zip(_COLUMNS, each, strict=True)) for each in found):
        after = {**before, **become(before)}
        if after == before:
            continue
        changed = {name: value for name, value in after.items() if value != before[name]}
        transaction.execute(update(reservations).where(*_key(before)).values(changed))
        moved += [(before, -1)] * _stands(before) + [(after, 1)] * _stands(after)
    totals.shift(transaction, tenant, moved)


def _key(row: Row) -> list[ColumnElement[bool]]:
    return [_OF[name] == row[name] for name in ("tenant", "policy", "scope", "at", "action")]


def _hold(transaction: Connection, tenant: str, rooms: Sequence[Sequence[Any]]) -> None:
    for policy, scope in rooms:
        locks.hold_room(transaction, tenant, policy, scope)


def _approved(row: Row, now: datetime, amount: Money | None, beyond: Collection[tuple[str, str]]) -> Row:
    is_over = _waits(row) or (row["state"] == HELD and row["until"] is not None and row["until"] <= now)
    granted = _money(amount) if amount is not None and row["currency"] else {}
    if is_over:
        return {"state": HELD, "at": now, "until": None, "override": True, **granted}
    over = {"override": True} if (row["policy"], row["scope"]) in beyond else {}
    return {"until": None, **over, **granted}


def _spent(row: Row, amount: Money | None) -> Row:
    told = _money(amount) if amount is not None and amount.currency == row["currency"] else {}
    is_more = told.get("units", 0) > row["units"]
    return {"state": SPENT, "override": row["override"] or _waits(row) or is_more, **told}


def _waits(row: Row) -> bool:
    return bool(row["state"] == WAITING)


def _stands(row: Row) -> bool:
    """Whether it counts whatever the time is."""
    return bool(row["state"] == SPENT or (row["state"] == HELD and row["until"] is None))


def _stays(row: Row) -> bool:
    return bool(row["state"] == SPENT and totals.outlasts(row["scope"]))


def _row(one: Stored) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in _COLUMNS if name not in ("tenant", "units", "currency")}
    return {**plain, **_money(one.amount)}


def _money(amount: Money | None) -> dict[str, Any]:
    if amount is None:
        return {"units": 0, "currency": ""}
    return {"units": int(amount.amount * UNITS), "currency": amount.currency}


def _stored(row: Mapping[str, Any]) -> Stored:
    amount = Money(Decimal(row["units"]) / UNITS, row["currency"]) if row["currency"] else None
    plain = {name: row[name] for name in _COLUMNS if name not in ("tenant", "units", "currency")}
    return Stored(**plain, amount=amount)
