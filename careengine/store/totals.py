"""What reservations come to: read for a decision, from the reservations themselves and from totals of hours and days.

Where many share a room (everybody, a team, an employee) there is a total of every hour and every day of UTC: of what
stands whatever the time is, that is what is spent, and what is held without an end. However long a period or a window
is, its whole days and hours come from those, and only what lies before the first and after the last whole hour is
counted one by one; so it is exact, and the work has a bound. What is held for a time is added when it is read, so that
its room comes back by itself. A rule that changes its period starts with the right figures.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    and_,
    bindparam,
    case,
    delete,
    except_,
    func,
    insert,
    inspect,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from careengine.model.finding import Finding
from careengine.model.usage import Usage
from careengine.store.columns import Instant
from careengine.store.prepared import Prepared
from careengine.store.tables import notices, reservations, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from careengine.model.usage import Used

UNITS = 10_000  # in one of a currency
HELD, SPENT = "held", "spent"
HOUR, DAY = "hour", "day"

_SPANS = {HOUR: timedelta(hours=1), DAY: timedelta(days=1)}
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_OF = reservations.c
# Written out, so that a database sees that its index of what is held is asked for.
_IS_HELD = _OF.state == literal_column(f"'{HELD}'")
STANDS = or_(_OF.state == literal_column(f"'{SPENT}'"), and_(_IS_HELD, _OF.until.is_(None)))
_STILL_HELD = and_(_IS_HELD, _OF.until > bindparam("as_of"))
# Not the column itself, so that no database goes through all of a year by its index instead of the few that are held.
_AT = type_coerce(_OF.at, totals.c.count.type) + literal_column("0")
_MINE = ("tenant", "policy", "scope")

# Whose room many share. What was spent of everybody's or a team's stays spent when those are forgotten whom it was
# spent on: it is nobody's in particular.
EVERYBODY, TEAM, EMPLOYEE = "all", "team:", "employee:"


def is_shared(scope: str) -> bool:
    """Whether so many take of it that there are totals."""
    return outlasts(scope) or scope.startswith(EMPLOYEE)


def outlasts(scope: str) -> bool:
    """Whether what was spent of a scope stays as it is when the events go that made it. It names no person."""
    return scope == EVERYBODY or scope.startswith(TEAM)


def _is_mine(table: Any) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(name) for name in _MINE]


def _units(table: Any) -> Any:
    return func.coalesce(func.sum(case((table.c.currency == bindparam("currency"), table.c.units), else_=0)), 0)


def _counted(since: str, until: str, *where: ColumnElement[bool], at: Any = _OF.at) -> Select[Any]:
    """Reservations from one instant until just before another."""
    within = at >= bindparam(since, type_=_OF.at.type), at < bindparam(until, type_=_OF.at.type)
    return select(literal_column("'used'"), func.count(), _units(reservations)).where(
        *_is_mine(reservations), *within, *where
    )


def _summed(span: str, since: str, until: str) -> Select[Any]:
    """Totals of whole hours or days."""
    of, kind = totals.c, totals.c.start.type
    within = of.start >= bindparam(since, type_=kind), of.start < bindparam(until, type_=kind)
    return select(literal_column("'used'"), func.coalesce(func.sum(of.count), 0), _units(totals)).where(
        *_is_mine(totals), of.span == literal_column(f"'{span}'"), *within
    )


_NOTICED: Any = select(literal_column("'noticed'"), func.count(), literal_column("0")).where(
    *_is_mine(notices), notices.c.at >= bindparam("since"), notices.c.at < bindparam("until")
)
_OF_FEW = Prepared(_counted("since", "until", or_(STANDS, _STILL_HELD)).union_all(_NOTICED))
_OF_MANY = Prepared(
    union_all(
        _counted("since", "hours", STANDS),
        _summed(HOUR, "hours", "days"),
        _summed(DAY, "days", "days_end"),
        _summed(HOUR, "days_end", "hours_end"),
        _counted("hours_end", "until", STANDS),
        _counted("since", "until", _STILL_HELD, at=_AT),
        _NOTICED,
    )
)
_KEY = ("tenant", "policy", "scope", "span", "start", "currency")
_ADD = Prepared(insert(totals), [column.name for column in totals.c])
_SHIFT = Prepared(
    update(totals)
    .where(*(totals.c[name] == bindparam(f"of_{name}", type_=totals.c[name].type) for name in _KEY))
    .values(
        count=totals.c.count + bindparam("by", type_=totals.c.count.type),
        units=totals.c.units + bindparam("more", type_=totals.c.units.type),
    )
)


def usage(reader: Connection, tenant: str, asked: Used) -> Usage:
    """How much is taken, as it stands in this transaction. Raises StoreError."""
    values = {name: getattr(asked, name) for name in ("policy", "scope", "until", "currency", "as_of")}
    since = asked.since if asked.whole else asked.since + _MICROSECOND
    values |= {"tenant": tenant, "since": since}
    many = is_shared(asked.scope)
    rows = _OF_MANY.rows(reader, values | _ends(since, asked.until)) if many else _OF_FEW.rows(reader, values)
    taken = [(int(count), int(units)) for what, count, units in rows if what == "used"]
    return Usage(
        count=sum(count for count, _ in taken),
        amount=Decimal(sum(units for _, units in taken)) / UNITS,
        noticed=any(count for what, count, _ in rows if what == "noticed"),
    )


def _ends(since: datetime, until: datetime) -> dict[str, datetime]:
    """Where the whole hours of a stretch begin and end, and its whole days; where there are none both are one."""
    hours, hours_end = _ceil(since, HOUR), _floor(until, HOUR)
    if hours >= hours_end:
        hours = hours_end = min(max(hours_end, since), until)
    days, days_end = _ceil(hours, DAY), _floor(hours_end, DAY)
    if days >= days_end:
        days = days_end = hours
    return {"hours": hours, "days": days, "days_end": days_end, "hours_end": hours_end}


def _floor(at: datetime, span: str) -> datetime:
    return at - (at - _EPOCH) % _SPANS[span]


def _ceil(at: datetime, span: str) -> datetime:
    floor = _floor(at, span)
    return floor if floor == at else floor + _SPANS[span]


def shift(transaction: Connection, tenant: str, moved: Iterable[tuple[Mapping[str, Any], int]]) -> None:
    """Count reservations (their columns) that stand from now on (1), or no longer do (-1). The caller has the rooms."""
    by, more = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    for row, count in moved:
        for span in _SPANS if is_shared(row["scope"]) else ():
            key = (tenant, row["policy"], row["scope"], span, _floor(row["at"], span), row["currency"])
            by[key] += count
            more[key] += count * row["units"]
    for key in sorted(by):
        if by[key] or more[key]:
            _add(transaction, dict(zip(_KEY, key, strict=True)), by[key], more[key])


def _add(transaction: Connection, key: Mapping[str, Any], by: int, more: int) -> None:
    if not _SHIFT.change(transaction, {**{f"of_{name}": value for name, value in key.items()}, "by": by, "more": more}):
        _ADD.change(transaction, {**key, "count": by, "units": more})


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
    """Whether every total is what its reservations come to. Nothing of a database that is not up to date."""
    if inspect(reader).has_table(totals.name):
        yield _checked(reader)


def _checked(reader: Connection) -> Finding:
    kept = select(*totals.c).where(or_(totals.c.count != 0, totals.c.units != 0))
    made = select(union_all(*(_made(span) for span in _SPANS)).subquery())
    rows = [reader.execute(except_(*both)).all() for both in ((kept, made), (made, kept))]
    found = sorted({row.policy for each in rows for row in each})
    if found:
        named = ", ".join(f"`{policy}`" for policy in found)
        do = "restore a copy, or write to us: decisions on these limits count wrongly"
        return Finding(check="totals", ok=False, found=f"the totals of {named} are not what was reserved", do=do)
    number = reader.scalar(select(func.count()).select_from(totals))
    return Finding(check="totals", ok=True, found=f"{number} totals of limits and budgets are what was reserved")


def _made(span: str) -> Select[Any]:
    """The totals as the reservations make them."""
    size: ColumnElement[int] = literal_column(str(_SPANS[span] // _MICROSECOND))
    at = type_coerce(_OF.at, totals.c.count.type)
    start = type_coerce(at - ((at % size) + size) % size, Instant()).label("start")
    shared = or_(_OF.scope == EVERYBODY, *(_OF.scope.startswith(which, autoescape=True) for which in (TEAM, EMPLOYEE)))
    named: tuple[Any, ...] = (
        _OF.tenant,
        _OF.policy,
        _OF.scope,
        literal_column(f"'{span}'").label("span"),
        start,
        _OF.currency,
    )
    sums = func.count().label("count"), func.sum(_OF.units).label("units")
    return select(*named, *sums).where(STANDS, shared).group_by(_OF.tenant, _OF.policy, _OF.scope, start, _OF.currency)
