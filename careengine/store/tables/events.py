"""What happened, and what is left of it when it is erased."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA

events = Table(
    "events",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("customer", Text),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("digest", Text, nullable=False, doc="sha256 of the event as it came in, members sorted"),
    Column("document", Json, nullable=False, doc="the event as far as the settings keep it"),
    UniqueConstraint("tenant", "source", "id"),
    Index("ix_events_customer", "tenant", "customer"),
)
IDENTITY = text("type IN ('customer.merged', 'customer.unmerged')")  # written out, so that its index is asked for
Index("ix_events_identity", events.c.tenant, sqlite_where=IDENTITY, postgresql_where=IDENTITY)

history = Table(
    "history",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("direction", Text),
    Column("channel", Text),
    Column("case", Text),
    Column("source", Text, doc="whose number the case's is; none in rows of before that was kept"),
    Column("issue", Text),
    Column("employee", Text),
    Column("family", Text),
    Column("category", Text),
    Column("severity", Integer),
    Column("amount", Text, doc="money as `25.00 GBP`"),
    Column("policy", Text),
    PrimaryKeyConstraint("tenant", "customer", "at", "event", "n"),
    Index("ix_history_event", "event"),
    sqlite_with_rowid=False,
)

ACTED = text("kind = 'decisions'")  # written out, so that its index is asked for
Index(
    "ix_history_case",
    *(history.c[name] for name in ("tenant", "source", "case", "policy", "at")),
    sqlite_where=ACTED,
    postgresql_where=ACTED,
)

erased = Table(
    "erased",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False, doc="of what names it: an event's source and id, a decision's id"),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant", "sha256"),
    sqlite_with_rowid=False,
)
