"""Events as they are kept. The same id from the same source is the same event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, bindparam, insert, literal, null, select, type_coerce, union_all

from careengine.store.erased import mark_of_event
from careengine.store.prepared import Prepared
from careengine.store.tables import decisions, erased, events
from careengine.store.tables.events import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


_NAMED = tuple(events.c[name] == bindparam(name) for name in ("tenant", "source", "id"))
_MARKED = erased.c.tenant == bindparam("tenant"), erased.c.sha256 == bindparam("mark")
_ANSWERED = Prepared(
    union_all(
        select(events.c.digest, decisions.c.decision).join(decisions, decisions.c.event == events.c.seq).where(*_NAMED),
        select(literal("", Text), null()).select_from(erased).where(*_MARKED),
    )
)
_KNOWN = Prepared(
    union_all(select(events.c.seq).where(*_NAMED), select(literal(0, Integer)).select_from(erased).where(*_MARKED))
)
_SEARCHED = 5_000  # events of anybody
_LOOKED_AT = 200  # events of a customer
_ONE = select(events.c.seq).limit(1)
_DOCUMENT = Prepared(
    select(events.c.document).where(events.c.tenant == bindparam("tenant"), events.c.seq == bindparam("number"))
)
_MET = Prepared(_ONE.where(*(events.c[name] == bindparam(name) for name in ("tenant", "source", "customer"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be kept. `document` is its JSON as far as it may be kept, `digest` that of all of it."""

    tenant: str
    source: str
    id: str
    type: str
    customer: str | None
    occurred_at: datetime
    recorded_at: datetime
    digest: str
    document: Mapping[str, Any]


_ADD = Prepared(insert(events).returning(events.c.seq), NewEvent.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An event that was decided before: its digest then, and the decision's JSON; None when they were erased."""

    digest: str
    decision: dict[str, Any] | None


def answered(reader: Connection, tenant: str, source: str, event_id: str) -> Answered | None:
    """What was answered to this event, if it is known."""
    found = _ANSWERED.rows(reader, _name(tenant, source, event_id))
    return Answered(digest=found[0][0], decision=found[0][1]) if found else None


def known(reader: Connection, tenant: str, source: str, event_id: str) -> bool:
    """Whether this event is kept, or was erased."""
    return _KNOWN.scalar(reader, _name(tenant, source, event_id)) is not None


def _name(tenant: str, source: str, event_id: str) -> dict[str, Any]:
    return {"tenant": tenant, "source": source, "id": event_id, "mark": mark_of_event(source, event_id)}


def any_from(reader: Connection, tenant: str, source: str) -> bool:
    """Whether an event from this source is kept."""
    return reader.scalar(_ONE.where(events.c.tenant == tenant, events.c.source == source)) is not None


def number_of_decision(reader: Connection, tenant: str, decision_id: str) -> int:
    """The number of the event that a kept decision is on."""
    asked = select(decisions.c.event).where(decisions.c.tenant == tenant, decisions.c.id == decision_id)
    return int(reader.execute(asked).scalar_one())


def any_of(reader: Connection, tenant: str, customer: str) -> bool:
    """Whether an event of this customer is kept."""
    return reader.scalar(_ONE.where(events.c.tenant == tenant, events.c.customer == customer)) is not None


def met(reader: Connection, tenant: str, source: str, customer: str) -> bool:
    """Whether an event of this customer from this source is kept."""
    return _MET.scalar(reader, {"tenant": tenant, "source": source, "customer": customer}) is not None


def naming(reader: Connection, tenant: str, customers: Collection[str]) -> list[int]:
    """The numbers of others' events that tell who these customers were said to be, and not to be any more."""
    told = reader.execute(select(events.c.seq, events.c.document).where(events.c.tenant == tenant, IDENTITY))
    return [row.seq for row in told if row.document["merged"]["id"] in customers]


def whose(reader: Connection, tenant: str, number: int) -> tuple[str, str | None]:
    """The source and the customer of the event of that number."""
    mine = events.c.tenant == tenant, events.c.seq == number
    row = reader.execute(select(events.c.source, events.c.customer).where(*mine)).one()
    return row.source, row.customer


def document_of(reader: Connection, tenant: str, number: int) -> dict[str, Any]:
    """The JSON of the event of that number, as far as it was kept."""
    document: dict[str, Any] = _DOCUMENT.scalar(reader, {"tenant": tenant, "number": number})
    return document


def document_named(reader: Connection, tenant: str, source: str, event_id: str) -> dict[str, Any] | None:
    """The same of the event that its source calls so; None where it is not kept."""
    mine = events.c.tenant == tenant, events.c.source == source, events.c.id == event_id
    return reader.scalar(select(events.c.document).where(*mine))


def latest_of_case(
    reader: Connection, tenant: str, customers: Sequence[str], source: str, case: str, after: int
) -> dict[str, Any]:
    """What the latest event of these customers about a case of a source says of it; of those numbered above `after`."""
    whose = events.c.customer.in_(customers), events.c.source == source
    mine = events.c.tenant == tenant, *whose, events.c.seq > after
    newer = select(events.c.document).where(*mine).order_by(events.c.seq.desc()).limit(_LOOKED_AT)
    told = (document.get("case", {}) for document in reader.scalars(newer))
    return next((dict(block) for block in told if block.get("id") == case), {})


def role_of(reader: Connection, tenant: str, employee: str) -> str | None:
    """The role that the latest event says an employee has; looked for among the latest events only."""
    newest = select(events.c.document).where(events.c.tenant == tenant).order_by(events.c.seq.desc())
    told = (document.get("employee", {}) for document in reader.scalars(newest.limit(_SEARCHED)))
    found = (block.get("role") for block in told if block.get("id") == employee)
    return next((role for role in found if role), None)


def add(transaction: Connection, event: NewEvent) -> int:
    """Keep a new event; gives its number. Two of one id break a rule of the database (StoreError)."""
    values = {name: getattr(event, name) for name in NewEvent.__slots__}
    return int(_ADD.scalar(transaction, values))


def latest(
    reader: Connection, tenant: str, customer: str, most: int = 50, after: int = 0, telling: str = ""
) -> list[tuple[datetime, Mapping[str, Any]]]:
    """The latest events of a customer, each with when it occurred and its JSON as it is kept, the latest first.

    Only of those numbered above `after`, and of those with a member of the name that they are to be `telling`.
    """
    mine = [events.c.tenant == tenant, events.c.customer == customer, events.c.seq > after]
    if telling:
        mine.append(type_coerce(events.c.document, Text).contains(f'"{telling}":', autoescape=True))
    order = events.c.occurred_at.desc(), events.c.seq.desc()
    found = reader.execute(select(events.c.occurred_at, events.c.document).where(*mine).order_by(*order).limit(most))
    return [(row.occurred_at, row.document) for row in found]
