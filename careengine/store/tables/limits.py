"""What limits, budgets and authority have given away."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from careengine.store.columns import Instant, RowNumber
from careengine.store.tables.metadata import METADATA

reservations = Table(
    "reservations",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False, doc="the limit, budget or authority"),
    Column("scope", Text, nullable=False, doc="whose room is taken up, such as `household:H-1`"),
    Column("at", Instant, nullable=False),
    Column("action", Text, nullable=False),
    Column(
        "event",
        RowNumber,
        ForeignKey("events.seq", ondelete="CASCADE"),
        doc="none: it is forgotten, what was spent is not",
    ),
    Column("units", BigInteger, nullable=False, doc="money in ten-thousandths; 0 where none is counted"),
    Column("currency", Text, nullable=False, doc="empty where no money is counted"),
    Column("state", Text, nullable=False, doc="waiting, held, spent or released"),
    Column("until", Instant, doc="when it is let go unless it is spent before"),
    Column("override", Boolean, nullable=False, doc="a person gave it, whatever the limit says"),
    Column("place", Integer, nullable=False, doc="in which order its decision asked: locks are taken in the same"),
    PrimaryKeyConstraint("tenant", "policy", "scope", "at", "action"),
    Index("ix_reservations_action", "tenant", "action"),
    Index("ix_reservations_event", "event"),
    sqlite_with_rowid=False,
)
_HELD = reservations.c.state == "held"
Index(
    "ix_reservations_held",
    reservations.c.tenant,
    reservations.c.policy,
    reservations.c.scope,
    reservations.c.until,
    sqlite_where=_HELD,
    postgresql_where=_HELD,
)

totals = Table(
    "totals",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("span", Text, nullable=False, doc="hour or day, of UTC"),
    Column("start", Instant, nullable=False),
    Column("currency", Text, nullable=False),
    Column("count", BigInteger, nullable=False, doc="reservations of that time that stand whatever the time is"),
    Column("units", BigInteger, nullable=False, doc="what they come to"),
    PrimaryKeyConstraint("tenant", "policy", "scope", "span", "start", "currency"),
    sqlite_with_rowid=False,
)

notices = Table(
    "notices",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("at", Instant, nullable=False, doc="when it was told that a limit or budget is nearly used up"),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("tenant", "policy", "scope", "at"),
    Index("ix_notices_event", "event"),
    sqlite_with_rowid=False,
)
