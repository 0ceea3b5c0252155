"""A customer's history: narrow rows, clustered by customer and time, counted when they are read."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, insert, literal_column, or_, select

from careengine.model.history import Entry
from careengine.model.value import Money
from careengine.store.prepared import Prepared
from careengine.store.tables import history
from careengine.store.tables.events import ACTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

NOBODY = ""  # whose entries are of events without a customer
_COLUMNS = tuple(name for name in Entry.__slots__)
_VALUES = attrgetter(*_COLUMNS)
_ADD = Prepared(insert(history), ("tenant", "customer", "event", "n", *_COLUMNS))
_ON_CASE = Prepared(
    select(history.c.at)
    .where(
        ACTED,
        *(history.c[name] == bindparam(name) for name in ("tenant", "source", "case", "policy")),
        history.c.at > bindparam("after"),
        history.c.at < bindparam("before"),
    )
    .limit(literal_column("1"))
)
_FIRST = "first"  # the parameter of the earliest instant that any kind asks for


def add(transaction: Connection, tenant: str, customer: str, event: int, entries: Iterable[Entry]) -> None:
    """Keep the entries that one event made; `event` is the event's number."""
    key = {"tenant": tenant, "customer": customer, "event": event}
    rows = [{**key, "n": n, **_row(entry)} for n, entry in enumerate(entries)]
    if rows:
        _ADD.run(transaction, rows)


def add_later(transaction: Connection, tenant: str, customer: str, event: int, entry: Entry) -> None:
    """Keep one more entry that came of an event after it was kept, such as what a person decided."""
    key = {"tenant": tenant, "customer": customer, "event": event}
    same = (history.c[name] == value for name, value in {**key, "at": entry.at}.items())
    last = transaction.scalar(select(func.max(history.c.n)).where(*same))
    _ADD.run(transaction, [{**key, "n": 0 if last is None else last + 1, **_row(entry)}])


def entries(
    reader: Connection, tenant: str, customer: str, until: datetime, since: Mapping[str, datetime | None]
) -> list[Entry]:
    """A customer's entries up to and at `until`, in the order of time.

    `since` names the kinds that are wanted, each with the instant after which its entries matter, None for all.
    """
    if not since:
        return []
    bounds = {f"since_{kind}": after for kind, after in since.items() if after is not None}
    kinds = tuple(sorted((kind, after is not None) for kind, after in since.items()))
    first = {_FIRST: min(bounds.values())} if len(bounds) == len(since) else {}
    values = {"tenant": tenant, "customer": customer, "until": until, **bounds, **first}
    return [_entry(row) for row in _wanted(kinds).rows(reader, values)]


def after(reader: Connection, tenant: str, customer: str, kind: str, since: datetime) -> list[Entry]:
    """All entries of one kind after an instant, in the order of time, however far they reach."""
    table = history.c
    mine = table.tenant == tenant, table.customer == customer, table.at > since, table.kind == kind
    found = reader.execute(select(*(table[name] for name in _COLUMNS)).where(*mine).order_by(table.at, table.event))
    return [_entry(tuple(row)) for row in found]


def acted_on_case(
    reader: Connection, tenant: str, policy: str, source: str, case: str, after: datetime, before: datetime
) -> bool:
    """Whether a policy acted on a case of a CRM between two instants, whoever's the case was then."""
    values = {"tenant": tenant, "policy": policy, "source": source, "case": case, "after": after, "before": before}
    return bool(_ON_CASE.rows(reader, values))


@lru_cache(maxsize=64)
def _wanted(kinds: tuple[tuple[str, bool], ...]) -> Prepared:
    """The statement for these kinds, each with or without a bound of its own; it is built once a rule set."""
    table = history.c
    query = select(*(table[name] for name in _COLUMNS)).where(
        table.tenant == bindparam("tenant"), table.customer == bindparam("customer"), table.at <= bindparam("until")
    )
    if all(bounded for _, bounded in kinds):  # one bound for all, so that the rows before it are not even looked at
        query = query.where(table.at > bindparam(_FIRST))
    each = [and_(table.kind == kind, table.at > bindparam(f"since_{kind}")) for kind, bounded in kinds if bounded]
    whole = [table.kind == kind for kind, bounded in kinds if not bounded]
    return Prepared(query.where(or_(*each, *whole)).order_by(table.at, table.event, table.n))


def _row(entry: Entry) -> dict[str, Any]:
    row = dict(zip(_COLUMNS, _VALUES(entry), strict=True))
    return row if entry.amount is None else {**row, "amount": str(entry.amount)}


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    if values["amount"]:
        values["amount"] = Money.parse(values["amount"])
    return Entry(**values)
