"""What people decided: who, what, why, when, and how it was before and after. Entries are added and read.

Nothing of an entry can be changed or taken away, save that a reason can be emptied when it may name an erased person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from careengine.store.tables import audit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

REASON_SIZE = 500
OURSELVES = "careengine"  # who did what the program does by its clock
_AT_ONCE = 500  # subjects in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did to something, and why. `before` and `after` hold states and counts, never people's words."""

    actor: str
    did: str
    subject: str
    reason: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A deed with its number and its time."""

    number: int
    at: datetime
    deed: Deed


def add(transaction: Connection, tenant: str, deed: Deed, now: datetime) -> None:
    """Keep a deed, in the transaction that does it."""
    add_all(transaction, tenant, [deed], now)


def add_all(transaction: Connection, tenant: str, deeds: Sequence[Deed], now: datetime) -> None:
    """The same for several, at least one."""
    rows = [
        {
            "tenant": tenant,
            "at": now,
            **{name: getattr(deed, name) for name in Deed.__slots__},
            "reason": deed.reason[:REASON_SIZE],
        }
        for deed in deeds
    ]
    transaction.execute(insert(audit), rows)


def page(
    reader: Connection,
    tenant: str,
    limit: int = 50,
    *,
    after: int | None = None,
    actor: str | None = None,
    subject: str | None = None,
) -> list[Entry]:
    """The newest entries first; `after` is the number of the last one seen before."""
    query = select(audit).where(audit.c.tenant == tenant).order_by(audit.c.seq.desc()).limit(limit)
    if after is not None:
        query = query.where(audit.c.seq < after)
    for column, wanted in ((audit.c.actor, actor), (audit.c.subject, subject)):
        query = query if wanted is None else query.where(column == wanted)
    return [
        Entry(number=row.seq, at=row.at, deed=Deed(**{name: getattr(row, name) for name in Deed.__slots__}))
        for row in reader.execute(query)
    ]


def empty_overrides(
    transaction: Connection, tenant: str, policies: Collection[str], decisions: Collection[str]
) -> None:
    """Take the words out of what was kept against rules in these decisions; that stands under the rule."""
    subjects = sorted({subject_of_policy(policy) for policy in policies})
    said = audit.c.tenant == tenant, audit.c.subject.in_(subjects), audit.c.reason != ""
    about = transaction.execute(select(audit.c.seq, audit.c.after).where(*said)) if subjects else ()
    numbers = [row.seq for row in about if (row.after or {}).get("decision") in decisions]
    for start in range(0, len(numbers), _AT_ONCE):
        some = audit.c.seq.in_(numbers[start : start + _AT_ONCE])
        transaction.execute(update(audit).where(some).values(reason=""))


def subject_of_policy(policy: str) -> str:
    """How the audit names a policy that somebody did otherwise than."""
    return f"policy {policy}"


def empty_reasons(transaction: Connection, tenant: str, subjects: Collection[str]) -> None:
    """Take the words out of the entries on these subjects."""
    names = sorted(subjects)
    for start in range(0, len(names), _AT_ONCE):
        some = audit.c.subject.in_(names[start : start + _AT_ONCE])
        transaction.execute(update(audit).where(audit.c.tenant == tenant, some, audit.c.reason != "").values(reason=""))
