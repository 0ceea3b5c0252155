"""What was refused: counted for good, and the latest ones described without a word of their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from careengine.store.tables import reject_counts, rejects

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KEPT = 1000  # rows a tenant
TEXT_SIZE = 300  # characters of a source, pointer or message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One refused event: its first fault, how many it had, and what identifies it at the sender's side.

    `size` counts bytes and `sha256` is the hex digest of what came in.
    """

    at: datetime
    source: str
    pointer: str
    message: str
    problems: int
    size: int
    sha256: str


def add(transaction: Connection, tenant: str, reject: Reject) -> None:
    """Count a reject and keep its description, in place of the oldest when there are many."""
    values = {name: getattr(reject, name) for name in Reject.__slots__}
    values |= {name: values[name][:TEXT_SIZE] for name in ("source", "pointer", "message")}
    transaction.execute(insert(rejects).values(tenant=tenant, **values))
    _count(transaction, tenant)
    mine = select(rejects.c.seq).where(rejects.c.tenant == tenant)
    oldest = mine.order_by(rejects.c.seq.desc()).offset(KEPT).limit(1).scalar_subquery()
    transaction.execute(delete(rejects).where(rejects.c.tenant == tenant, rejects.c.seq <= oldest))


def _count(transaction: Connection, tenant: str) -> None:
    one_more = update(reject_counts).where(reject_counts.c.tenant == tenant)
    if not transaction.execute(one_more.values(count=reject_counts.c.count + 1)).rowcount:
        transaction.execute(insert(reject_counts).values(tenant=tenant, count=1))


def count(reader: Connection, tenant: str) -> int:
    """How many were ever refused."""
    return reader.scalar(select(reject_counts.c.count).where(reject_counts.c.tenant == tenant)) or 0


def latest(reader: Connection, tenant: str, limit: int = 100) -> list[Reject]:
    """The latest rejects, the newest first."""
    query = select(*(rejects.c[name] for name in Reject.__slots__)).where(rejects.c.tenant == tenant)
    rows = reader.execute(query.order_by(rejects.c.seq.desc()).limit(limit))
    return [Reject(**row) for row in rows.mappings()]
