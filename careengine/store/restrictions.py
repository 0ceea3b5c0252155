"""Restrictions from proposal to end: how each stands, its notice, and who decided what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from careengine.model.history import RESTRICTIONS, Entry
from careengine.model.restrictions import ENDED, EXPIRY, IN_FORCE, START, Standing
from careengine.store import audit, history, outbox, tasks, timers
from careengine.store.prepared import Prepared
from careengine.store.tables import restrictions
from careengine.store.tasks import WITHDRAWN, subject_of_task, task_id

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


def timer_of(name: str, step: str) -> str:
    """The id of a restriction's timer."""
    return f"restriction:{name}:{step}"


def put(transaction: Connection, tenant: str, one: Restricted) -> None:
    """Keep a restriction that is proposed."""
    key = {"tenant": tenant, "id": one.standing.id, "customer": one.customer, "event": one.event}
    values = {"opened_at": one.opened_at, "changed_at": one.opened_at, "document": dict(one.document)}
    transaction.execute(
        insert(restrictions).values(**key, **values, state=one.standing.state, standing=one.standing.to_json())
    )


def get(reader: Connection, tenant: str, name: str) -> Restricted | None:
    """One by its id, that of the action that proposed it."""
    row = reader.execute(select(restrictions).where(*_named(tenant, name))).one_or_none()
    return None if row is None else _restricted(row)


def standing_of(reader: Connection, tenant: str, customer: str) -> list[tuple[int, dict[str, Any]]]:
    """How every restriction of a customer stands, as JSON, each after its event's number; asked at every event."""
    return [(event, told) for event, told in _STANDING.rows(reader, {"tenant": tenant, "customer": customer})]


def of_customer(reader: Connection, tenant: str, customer: str) -> list[Restricted]:
    """Every restriction of a customer, the oldest first."""
    mine = restrictions.c.tenant == tenant, restrictions.c.customer == customer
    query = select(restrictions).where(*mine).order_by(restrictions.c.event, restrictions.c.id)
    return [_restricted(row) for row in reader.execute(query)]


def change(
    transaction: Connection, tenant: str, one: Restricted, now: datetime, *, standing: Standing, **told: Any
) -> Restricted:
    """Keep how it stands now; what is `told` is added to its document."""
    changed = replace(one, standing=standing, document={**one.document, **told})
    values = {"state": standing.state, "standing": standing.to_json(), "document": changed.document, "changed_at": now}
    transaction.execute(update(restrictions).where(*_named(tenant, standing.id)).values(values))
    return changed


def end(transaction: Connection, tenant: str, one: Restricted, why: str, now: datetime) -> Restricted:
    """It is over, or is not asked about any more: its timers go, and nobody need decide on it."""
    name = one.standing.id
    for step in (START, EXPIRY):
        timers.cancel(transaction, tenant, timer_of(name, step))
    outbox.refused(transaction, tenant, name, why, now)
    for task in (task_id(tenant, "restriction", name, one.standing.to), one.document.get("measure", "")):
        _withdraw(transaction, tenant, task, why, now)
    if one.standing.state == IN_FORCE:
        remember(transaction, tenant, one, ENDED, now)
    ended = change(transaction, tenant, one, now, standing=replace(one.standing, state=ENDED), ended=why)
    told = {"before": {"state": one.standing.state}, "after": {"state": ENDED}}
    deed = audit.Deed(actor=audit.OURSELVES, did="end", subject=subject_of_restriction(name), reason=why, **told)
    audit.add(transaction, tenant, deed, now)
    return ended


def remember(transaction: Connection, tenant: str, one: Restricted, status: str, now: datetime) -> None:
    """Add to the customer's history how it stands from now on, so that rules can ask for it."""
    standing = one.standing
    entry = Entry(
        at=now,
        kind=RESTRICTIONS,
        ref=standing.id,
        status=status,
        category=standing.step,
        policy=standing.policy,
    )
    history.add_later(transaction, tenant, one.customer, one.event, entry)


def without_measure(one: Restricted) -> Restricted:
    """The same, where the task that asks about it is being settled by its answer."""
    return replace(one, document={name: value for name, value in one.document.items() if name != "measure"})


def _withdraw(transaction: Connection, tenant: str, name: str, why: str, now: datetime) -> None:
    task = tasks.get(transaction, tenant, name)
    if task and tasks.settle(transaction, tenant, name, WITHDRAWN, {**task.document, "withdrawn_for": why}, now):
        told = {"before": {"state": task.state}, "after": {"state": WITHDRAWN}}
        deed = audit.Deed(actor=audit.OURSELVES, did="withdraw", subject=subject_of_task(name), reason=why, **told)
        audit.add(transaction, tenant, deed, now)


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
