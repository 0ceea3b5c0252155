"""The clocks of standards: one for each policy and what it runs for, such as a case."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from careengine.model.standard import OPEN
from careengine.store.tables import clocks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

MOST = 200  # clocks of one case that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock as it stands. `event` is the number of the event it began with; `document` is its owner's."""

    policy: str
    subject: str
    case: str | None
    state: str
    event: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    document: Mapping[str, Any]


def put(transaction: Connection, tenant: str, clock: Clock) -> None:
    """Keep a clock in place of the one of its policy and subject."""
    mine = clocks.c.tenant == tenant, clocks.c.policy == clock.policy, clocks.c.subject == clock.subject
    transaction.execute(delete(clocks).where(*mine))
    transaction.execute(insert(clocks).values(tenant=tenant, **asdict(clock)))


def of_subjects(reader: Connection, tenant: str, subjects: Collection[str]) -> list[Clock]:
    """The clocks that run for any of these, ended ones too."""
    if not subjects:
        return []
    mine = clocks.c.tenant == tenant, clocks.c.subject.in_(subjects)
    return [_clock(row) for row in reader.execute(select(clocks).where(*mine).order_by(clocks.c.policy))]


def one(reader: Connection, tenant: str, policy: str, subject: str) -> Clock | None:
    """The clock of a policy for a subject."""
    mine = clocks.c.tenant == tenant, clocks.c.policy == policy, clocks.c.subject == subject
    row = reader.execute(select(clocks).where(*mine)).first()
    return _clock(row) if row else None


def open_of_case(reader: Connection, tenant: str, case: str) -> list[Clock]:
    """The clocks about a case that have not ended, by policy and subject."""
    mine = clocks.c.tenant == tenant, clocks.c.case == case, clocks.c.state.in_(OPEN)
    found = select(clocks).where(*mine).order_by(clocks.c.policy, clocks.c.subject).limit(MOST)
    return [_clock(row) for row in reader.execute(found)]


def _clock(row: Row[Any]) -> Clock:
    return Clock(**{name: getattr(row, name) for name in Clock.__slots__})
