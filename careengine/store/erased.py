"""The marks of what was erased: hashes, so that it is known again when it comes back or is asked for, and no more."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from careengine.store.tables import erased

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection


def mark_of_event(source: str, event_id: str) -> bytes:
    """The mark of an event."""
    return sha256(f"event\n{source}\n{event_id}".encode("utf-8", "surrogatepass")).digest()


def mark_of_decision(decision_id: str) -> bytes:
    """The mark of a decision."""
    return sha256(f"decision\n{decision_id}".encode("utf-8", "surrogatepass")).digest()


def mark_of_customer(customer: str) -> bytes:
    """The mark of a customer's id."""
    return sha256(f"customer\n{customer}".encode("utf-8", "surrogatepass")).digest()


def add(transaction: Connection, tenant: str, marks: Iterable[bytes], now: datetime) -> None:
    """Keep these marks; those that are kept already stay as they are."""
    fresh = [mark for mark in dict.fromkeys(marks) if when(transaction, tenant, mark) is None]
    if fresh:
        transaction.execute(insert(erased), [{"tenant": tenant, "sha256": mark, "at": now} for mark in fresh])


def when(reader: Connection, tenant: str, mark: bytes) -> datetime | None:
    """When this was erased; None when it was not."""
    return reader.scalar(select(erased.c.at).where(erased.c.tenant == tenant, erased.c.sha256 == mark))
