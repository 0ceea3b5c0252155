"""What falls due."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA

timers = Table(
    "timers",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("try_at", Instant, nullable=False, doc="when it is due, or later where it failed before"),
    Column("attempts", Integer, nullable=False, doc="how often it failed"),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("document", Json, nullable=False, doc="the event that it becomes when it is due"),
    PrimaryKeyConstraint("tenant", "id"),
    Index("ix_timers_due", "tenant", "try_at"),
    Index("ix_timers_event", "event"),
    sqlite_with_rowid=False,
)
_FAILED = timers.c.attempts > 0
Index("ix_timers_failed", timers.c.tenant, timers.c.due_at, sqlite_where=_FAILED, postgresql_where=_FAILED)

clocks = Table(
    "clocks",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False, doc="the standard whose clock it is"),
    Column("source", Text, nullable=False, doc="the CRM that it is of"),
    Column("subject", Text, nullable=False, doc="what it runs for, such as `case:T-1`"),
    Column("case", Text, doc="the case that it is about"),
    Column("state", Text, nullable=False, doc="running, paused, met or missed"),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant, doc="when the time is over; not told while it stands still"),
    Column("ended_at", Instant),
    Column("document", Json, nullable=False, doc="its pauses, how far its milestones are, and whom it is about"),
    PrimaryKeyConstraint("tenant", "policy", "source", "subject"),
    Index("ix_clocks_subject", "tenant", "source", "subject"),
    Index("ix_clocks_event", "event"),
    sqlite_with_rowid=False,
)
_OPEN_CLOCK = clocks.c.state.in_(("running", "paused"))
Index(
    "ix_clocks_case",
    clocks.c.tenant,
    clocks.c.source,
    clocks.c.case,
    sqlite_where=_OPEN_CLOCK,
    postgresql_where=_OPEN_CLOCK,
)
