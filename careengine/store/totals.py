"""What reservations come to: read for a decision, and kept in one row for each calendar period.

A total counts what stands whatever the time is: what is spent, and what is held without an end. What is held for a
time is added when it is read, so that its room comes back by itself. A total that is not there yet is made of the
reservations themselves; so a rule that changes its period starts with the right figures.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, inspect, literal_column, not_, or_, select, update

from careengine.model.finding import Finding
from careengine.model.usage import Usage
from careengine.store.prepared import Prepared
from careengine.store.tables import notices, reservations, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from careengine.model.usage import Used

UNITS = 10_000  # in one of a currency
HELD, SPENT = "held", "spent"

_OF = reservations.c
# Written out, so that a database sees that its index of what is held is asked for.
_IS_HELD = _OF.state == literal_column(f"'{HELD}'")
STANDS = or_(_OF.state == literal_column(f"'{SPENT}'"), and_(_IS_HELD, _OF.until.is_(None)))
_STILL_HELD = and_(_IS_HELD, _OF.until > bindparam("as_of"))
_UNITS = func.coalesce(func.sum(case((_OF.currency == bindparam("currency"), _OF.units), else_=0)), 0)
_MINE = (_OF.tenant == bindparam("tenant"), _OF.policy == bindparam("policy"), _OF.scope == bindparam("scope"))
_IN_PERIOD = (_OF.at >= bindparam("since"), _OF.at < bindparam("until"))
_AROUND = (_OF.at > bindparam("since"), _OF.at < bindparam("until"))


# Whose room is nobody's in particular: what was spent of it stays spent when those are forgotten whom it was spent on.
EVERYBODY, TEAM = "all", "team:"


def outlasts(scope: str) -> bool:
    """Whether the totals of a scope stay as they are when the events go that made them. They name no person."""
    return scope == EVERYBODY or scope.startswith(TEAM)


def _sums(*where: ColumnElement[bool]) -> Any:
    return select(literal_column("'used'"), func.count(), _UNITS).where(*_MINE, *where)


def _noticed(*where: ColumnElement[bool]) -> Any:
    mine = [notices.c[name] == bindparam(name) for name in ("tenant", "policy", "scope")]
    return select(literal_column("'noticed'"), func.count(), literal_column("0")).where(*mine, *where)


def _named(table: Any) -> list[ColumnElement[bool]]:
    names = {"tenant": "tenant", "policy": "policy", "scope": "scope", "start": "since", "end": "until"}
    return [table.c[column] == bindparam(name) for column, name in names.items()] + [
        table.c.currency == bindparam("currency")
    ]


_TOTAL = select(literal_column("'total'"), totals.c.count, totals.c.units).where(*_named(totals))
_OF_PERIOD = Prepared(
    _sums(_STILL_HELD, *_IN_PERIOD).union_all(
        _TOTAL, _noticed(notices.c.at >= bindparam("since"), notices.c.at < bindparam("until"))
    )
)
_OF_WINDOW = Prepared(
    _sums(or_(STANDS, _STILL_HELD), *_AROUND).union_all(
        _noticed(notices.c.at > bindparam("since"), notices.c.at < bindparam("until"))
    )
)
_STANDING = Prepared(_sums(STANDS, *_IN_PERIOD))
_IS_THERE = Prepared(select(totals.c.count).where(*_named(totals)))
_ADD = Prepared(insert(totals), [column.name for column in totals.c])
_SHIFT = Prepared(
    update(totals)
    .where(*(totals.c[name] == bindparam(f"of_{name}") for name in ("tenant", "policy", "scope")))
    .where(totals.c.start <= bindparam("at", type_=totals.c.start.type))
    .where(totals.c.end > bindparam("at", type_=totals.c.start.type))
    .values(
        count=totals.c.count + bindparam("by", type_=totals.c.count.type),
        units=totals.c.units
        + case((totals.c.currency == bindparam("of_currency"), bindparam("more", type_=totals.c.units.type)), else_=0),
    )
)


def usage(reader: Connection, tenant: str, asked: Used) -> Usage:
    """How much is taken, as it stands in this transaction. Raises StoreError."""
    values = _values(tenant, asked)
    rows = (_OF_PERIOD if asked.whole else _OF_WINDOW).rows(reader, values)
    if asked.whole and all(what != "total" for what, _, _ in rows):
        rows += _STANDING.rows(reader, values)
    taken = [(int(count), int(units)) for what, count, units in rows if what != "noticed"]
    return Usage(
        count=sum(count for count, _ in taken),
        amount=Decimal(sum(units for _, units in taken)) / UNITS,
        noticed=any(count for what, count, _ in rows if what == "noticed"),
    )


def open_total(transaction: Connection, tenant: str, asked: Used) -> None:
    """Have the total of a calendar period, so that nobody has to count it again."""
    values = _values(tenant, asked)
    if not asked.whole or _IS_THERE.rows(transaction, values):
        return
    _, count, units = _STANDING.rows(transaction, values)[0]
    row = {name: values[name] for name in ("tenant", "policy", "scope", "currency")}
    ends = {"start": asked.since, "end": asked.until}
    _ADD.run(transaction, [{**row, **ends, "count": int(count), "units": int(units)}])


def shift(transaction: Connection, tenant: str, moved: Iterable[tuple[Mapping[str, Any], int]]) -> None:
    """Count reservations (their columns) that stand from now on (1), or no longer do (-1)."""
    # In one order, so that of two who wait for each other's rows there is none.
    ordered = sorted(moved, key=lambda each: (each[0]["policy"], each[0]["scope"], each[0]["at"]))
    values = [
        {
            "of_tenant": tenant,
            "of_policy": row["policy"],
            "of_scope": row["scope"],
            "of_currency": row["currency"],
            "at": row["at"],
            "by": by,
            "more": by * row["units"],
        }
        for row, by in ordered
    ]
    if values:
        _SHIFT.run(transaction, values)


def note(transaction: Connection, tenant: str, policy: str, scope: str, at: datetime, event: int) -> None:
    """Remember that somebody was told that a limit or budget is nearly used up."""
    row = {"tenant": tenant, "policy": policy, "scope": scope, "at": at, "event": event}
    mine = [notices.c[name] == row[name] for name in ("tenant", "policy", "scope", "at")]
    if transaction.execute(select(notices.c.at).where(*mine)).first() is None:
        transaction.execute(insert(notices).values(row))


def drop_empty(transaction: Connection, tenant: str, scopes: Sequence[tuple[str, str]]) -> None:
    """Remove the totals of policies and scopes in which nothing is counted any more."""
    for policy, scope in scopes:
        mine = totals.c.tenant == tenant, totals.c.policy == policy, totals.c.scope == scope
        transaction.execute(delete(totals).where(*mine, totals.c.count <= 0))


def checked(reader: Connection) -> Iterator[Finding]:
    """Whether every total is what its reservations come to, or more where it outlasts them.

    Nothing of a database that is not up to date.
    """
    if inspect(reader).has_table(totals.name):
        yield _checked(reader)


def _checked(reader: Connection) -> Finding:
    mine = [_OF[name] == totals.c[name] for name in ("tenant", "policy", "scope")]
    within = _OF.at >= totals.c.start, _OF.at < totals.c.end, STANDS
    units = func.coalesce(func.sum(case((_OF.currency == totals.c.currency, _OF.units), else_=0)), 0)
    count = select(func.count()).where(*mine, *within).correlate(totals).scalar_subquery()
    amount = select(units).where(*mine, *within).correlate(totals).scalar_subquery()
    lasts = or_(totals.c.scope == EVERYBODY, totals.c.scope.startswith(TEAM, autoescape=True))
    other = and_(not_(lasts), or_(totals.c.count != count, totals.c.units != amount))
    wrong = select(totals.c.policy).where(or_(other, totals.c.count < count, totals.c.units < amount)).distinct()
    found = sorted(reader.scalars(wrong))
    if found:
        named = ", ".join(f"`{policy}`" for policy in found)
        do = "restore a copy, or write to us: decisions on these limits count wrongly"
        return Finding(check="totals", ok=False, found=f"the totals of {named} are not what was reserved", do=do)
    number = reader.scalar(select(func.count()).select_from(totals))
    return Finding(check="totals", ok=True, found=f"{number} totals of limits and budgets are what was reserved")


def _values(tenant: str, asked: Used) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "policy": asked.policy,
        "scope": asked.scope,
        "since": asked.since,
        "until": asked.until,
        "currency": asked.currency,
        "as_of": asked.as_of,
    }
