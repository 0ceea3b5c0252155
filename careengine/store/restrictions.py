"""Restrictions from proposal to end: how each stands, its notice, and who decided what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from careengine.model.restrictions import Standing
from careengine.store.prepared import Prepared
from careengine.store.tables import restrictions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row


_STANDING = Prepared(
    select(restrictions.c.event, restrictions.c.standing)
    .where(restrictions.c.tenant == bindparam("tenant"), restrictions.c.customer == bindparam("customer"))
    .order_by(restrictions.c.event, restrictions.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """A restriction of a customer, proposed by the event of that number.

    `document` has the decision that proposed it, its times in words, the notice, the parties, and who decided what.
    """

    customer: str
    event: int
    opened_at: datetime
    standing: Standing
    document: Mapping[str, Any]


def subject_of_restriction(name: str) -> str:
    """How the audit names a restriction."""
    return f"restriction {name}"


def put(transaction: Connection, tenant: str, one: Restricted) -> None:
    """Keep a restriction that is proposed."""
    key = {"tenant": tenant, "id": one.standing.id, "customer": one.customer, "event": one.event}
    values = {"opened_at": one.opened_at, "changed_at": one.opened_at, "document": dict(one.document)}
    transaction.execute(insert(restrictions).values(**key, **values, standing=one.standing.to_json()))


def get(reader: Connection, tenant: str, name: str) -> Restricted | None:
    """One by its id, that of the action that proposed it."""
    row = reader.execute(select(restrictions).where(*_named(tenant, name))).one_or_none()
    return None if row is None else _restricted(row)


def standing_of(reader: Connection, tenant: str, customer: str) -> list[tuple[int, dict[str, Any]]]:
    """How every restriction of a customer stands, as JSON, each after its event's number; asked at every event."""
    return [(event, told) for event, told in _STANDING.rows(reader, {"tenant": tenant, "customer": customer})]


def change(
    transaction: Connection, tenant: str, one: Restricted, now: datetime, *, standing: Standing, **told: Any
) -> Restricted:
    """Keep how it stands now; what is `told` is added to its document."""
    changed = replace(one, standing=standing, document={**one.document, **told})
    values = {"standing": standing.to_json(), "document": changed.document, "changed_at": now}
    transaction.execute(update(restrictions).where(*_named(tenant, standing.id)).values(values))
    return changed


def _named(tenant: str, name: str) -> tuple[Any, Any]:
    return restrictions.c.tenant == tenant, restrictions.c.id == name


def _restricted(row: Row[Any]) -> Restricted:
    return Restricted(
        customer=row.customer,
        event=row.event,
        opened_at=row.opened_at,
        standing=Standing.read(row.standing),
        document=row.document,
    )
