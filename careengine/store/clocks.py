"""The clocks of standards: one for each policy and what it runs for, such as a case of a CRM."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal_column, select, update

from careengine.model.standard import OPEN
from careengine.store import locks
from careengine.store.prepared import Prepared
from careengine.store.tables import clocks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

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


_COLUMNS = tuple(Clock.__slots__)
_KEY = ("policy", "source", "subject")
_ALL = select(*(clocks.c[name] for name in _COLUMNS))


def _is(*names: str) -> tuple[Any, ...]:
    return tuple(clocks.c[name] == bindparam(f"of_{name}") for name in ("tenant", *names))


_CHANGE = Prepared(
    update(clocks)
    .where(*_is(*_KEY))
    .values({name: bindparam(name, type_=clocks.c[name].type) for name in _COLUMNS if name not in _KEY})
)
_ADD = Prepared(insert(clocks), ("tenant", *_COLUMNS))
_ONE = Prepared(_ALL.where(*_is(*_KEY)))
_OF_SUBJECT = Prepared(_ALL.where(*_is("source", "subject")))
_OF_CASE = Prepared(
    _ALL.where(*_is("source", "case"), clocks.c.state.in_([literal_column(f"'{state}'") for state in OPEN]))
    .order_by(clocks.c.policy, clocks.c.subject)
    .limit(literal_column(str(MOST)))
)


def put(transaction: Connection, tenant: str, clock: Clock) -> None:
    """Keep a clock in place of the one of its policy and subject. The caller holds the subject (`hold`)."""
    values = {name: getattr(clock, name) for name in _COLUMNS}
    if not _CHANGE.change(
        transaction, {"of_tenant": tenant, **{f"of_{name}": values[name] for name in _KEY}, **values}
    ):
        _ADD.change(transaction, {"tenant": tenant, **values})


def hold(transaction: Connection, tenant: str, source: str, subjects: Collection[str]) -> None:
    """Wait for the turn of these to have their clocks read and kept, and hold it to the end of the transaction.

    Events of one case may be of several customers, or of none, so that holding a customer is not enough.
    """
    if subjects:
        locks.share_rooms(transaction, tenant)
    for subject in sorted(set(subjects)):
        locks.hold(transaction, _LOCK, tenant, source, subject)


def of_subjects(reader: Connection, tenant: str, source: str, subjects: Collection[str]) -> list[Clock]:
    """The clocks that run for any of these of a CRM, by policy; ended ones too."""
    mine = {"of_tenant": tenant, "of_source": source}
    found = [row for each in subjects for row in _OF_SUBJECT.rows(reader, {**mine, "of_subject": each})]
    return sorted(map(_clock, found), key=attrgetter("policy", "subject"))


def one(reader: Connection, tenant: str, policy: str, source: str, subject: str) -> Clock | None:
    """The clock of a policy for a subject."""
    named = {"of_tenant": tenant, "of_policy": policy, "of_source": source, "of_subject": subject}
    return next(map(_clock, _ONE.rows(reader, named)), None)


def open_of_case(reader: Connection, tenant: str, source: str, case: str) -> list[Clock]:
    """The clocks about a case of a CRM that have not ended, by policy and subject."""
    mine = {"of_tenant": tenant, "of_source": source, "of_case": case}
    return [_clock(row) for row in _OF_CASE.rows(reader, mine)]


def _clock(row: Sequence[Any]) -> Clock:
    return Clock(**dict(zip(_COLUMNS, row, strict=True)))
