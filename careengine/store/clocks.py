"""The clocks of standards: one for each policy and what it runs for, such as a case of a CRM."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from careengine.model.standard import OPEN
from careengine.store import locks
from careengine.store.tables import clocks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

_LOCK = "clock"  # with a tenant, a source and a subject; taken after the customer's
MOST = 200  # clocks of one case that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock as it stands. `event` is the number of the event it began with; `document` is its owner's."""

    policy: str
    source: str
    subject: str
    case: str | None
    state: str
    event: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    document: Mapping[str, Any]


def put(transaction: Connection, tenant: str, clock: Clock) -> None:
    """Keep a clock in place of the one of its policy and subject. The caller holds the subject (`hold`)."""
    mine = _named(tenant, clock.policy, clock.source, clock.subject)
    if not transaction.execute(update(clocks).where(*mine).values(asdict(clock))).rowcount:
        transaction.execute(insert(clocks).values(tenant=tenant, **asdict(clock)))


def hold(transaction: Connection, tenant: str, source: str, subjects: Collection[str]) -> None:
    """Wait for the turn of these to have their clocks read and kept, and hold it to the end of the transaction.

    Events of one case may be of several customers, or of none, so that holding a customer is not enough.
    """
    for subject in sorted(set(subjects)):
        locks.hold(transaction, _LOCK, tenant, source, subject)


def of_subjects(reader: Connection, tenant: str, source: str, subjects: Collection[str]) -> list[Clock]:
    """The clocks that run for any of these of a CRM, ended ones too."""
    if not subjects:
        return []
    mine = clocks.c.tenant == tenant, clocks.c.source == source, clocks.c.subject.in_(subjects)
    return [_clock(row) for row in reader.execute(select(clocks).where(*mine).order_by(clocks.c.policy))]


def one(reader: Connection, tenant: str, policy: str, source: str, subject: str) -> Clock | None:
    """The clock of a policy for a subject."""
    row = reader.execute(select(clocks).where(*_named(tenant, policy, source, subject))).first()
    return _clock(row) if row else None


def open_of_case(reader: Connection, tenant: str, source: str, case: str) -> list[Clock]:
    """The clocks about a case of a CRM that have not ended, by policy and subject."""
    mine = clocks.c.tenant == tenant, clocks.c.source == source, clocks.c.case == case, clocks.c.state.in_(OPEN)
    found = select(clocks).where(*mine).order_by(clocks.c.policy, clocks.c.subject).limit(MOST)
    return [_clock(row) for row in reader.execute(found)]


def _named(tenant: str, policy: str, source: str, subject: str) -> tuple[Any, ...]:
    mine = clocks.c.tenant == tenant, clocks.c.policy == policy
    return *mine, clocks.c.source == source, clocks.c.subject == subject


def _clock(row: Row[Any]) -> Clock:
    return Clock(**{name: getattr(row, name) for name in Clock.__slots__})
