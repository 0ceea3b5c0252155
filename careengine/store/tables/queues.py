"""What goes out and what comes in."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA

actions = Table(
    "actions",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False, doc="execute, await_approval, propose or shadow"),
    Column("adapter", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("action", Json, nullable=False),
    Column("state", Text, nullable=False, doc="told, waiting, due, sending, done, parked or dropped"),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False, doc="why it is in this state, when that is not plain"),
    Column("outcome", Text, doc="the receipt: changed, unchanged or unknown"),
    Column("detail", Text, doc="of the receipt; before there is one, what the CRM said when it refused"),
    Column("reference", Text, doc="the CRM's own id of what was written"),
    Column("claimed_by", BigInteger, doc="the mark of the program that sends it, where several may"),
    UniqueConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "decision"], ["decisions.tenant", "decisions.id"], ondelete="CASCADE"),
    Index("ix_actions_decision", "tenant", "decision"),
    Index("ix_actions_state", "tenant", "state"),
)
_UNFINISHED = actions.c.state.in_(("due", "sending"))
Index(
    "ix_actions_unfinished",
    actions.c.tenant,
    actions.c.adapter,
    actions.c.target,
    actions.c.seq,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)

_SENDING = actions.c.state == "sending"
Index(
    "ix_actions_sending",
    actions.c.tenant,
    actions.c.claimed_by,
    sqlite_where=_SENDING,
    postgresql_where=_SENDING,
)
_DUE = actions.c.state == "due"
Index(
    "ix_actions_due",
    actions.c.tenant,
    actions.c.adapter,
    actions.c.seq,
    sqlite_where=_DUE,
    postgresql_where=_DUE,
)

inbox = Table(
    "inbox",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("headers", Json, doc="removed with the body"),
    Column("body", LargeBinary, doc="removed once it is processed or dropped"),
    Column("state", Text, nullable=False, doc="due, done, parked or dropped"),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("claimed_by", BigInteger, doc="the mark of the program that works it off, where several may"),
    UniqueConstraint("tenant", "adapter", "delivery"),
    Index("ix_inbox_state", "tenant", "state", "adapter", "seq"),
)
_CLAIMED = inbox.c.claimed_by.is_not(None)
Index("ix_inbox_claimed", inbox.c.tenant, inbox.c.adapter, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)

cursors = Table(
    "cursors",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("cursor", Text, nullable=False, doc="up to where the CRM was read, in the adapter's own words"),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant", "adapter"),
)

rejects = Table(
    "rejects",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("problems", Integer, nullable=False, doc="how many faults it had; the first one is kept"),
    Column("size", Integer, nullable=False, doc="bytes"),
    Column("sha256", Text, nullable=False),
    Index("ix_rejects_tenant", "tenant", "seq"),
)

reject_counts = Table(
    "reject_counts",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("count", RowNumber, nullable=False),
)
