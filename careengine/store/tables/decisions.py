"""What was decided, by which rules, and what people did otherwise."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA, on_create

rulesets = Table(
    "rulesets",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
    Column("documents", Json, nullable=False, doc="the rule files as JSON, in the order of ids"),
    PrimaryKeyConstraint("tenant", "hash"),
)

decisions = Table(
    "decisions",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("facts", Json, nullable=False, doc="the snapshot that makes the same decision again"),
    Column("decision", Json, nullable=False),
    UniqueConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "ruleset"], ["rulesets.tenant", "rulesets.hash"]),
    Index("ix_decisions_event", "event", unique=True),
    Index("ix_decisions_tenant", "tenant", "seq"),
)

_APPEND_ONLY = {
    "sqlite": (
        """
CREATE TRIGGER decisions_append_only BEFORE UPDATE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'a decision is never changed');
END
""",
    ),
    "postgresql": (
        """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'a decision is never changed'; END$$
""",
        """
CREATE TRIGGER decisions_append_only BEFORE UPDATE ON decisions
FOR EACH ROW EXECUTE FUNCTION refuse_change()
""",
    ),
}
on_create(decisions, _APPEND_ONLY)

matches = Table(
    "matches",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, doc="when the decision was recorded; unknown of those that an older program kept"),
    Column("live", Boolean, doc="whether the policy acted, or was in shadow; unknown where `at` is"),
    PrimaryKeyConstraint("tenant", "decision", "policy"),
    ForeignKeyConstraint(["tenant", "decision"], ["decisions.tenant", "decisions.id"], ondelete="CASCADE"),
    Index("ix_matches_policy", "tenant", "policy", "at", "live"),
    sqlite_with_rowid=False,
)

# What people did otherwise than a policy said, and why; it goes with the event that it was about.
overrides = Table(
    "overrides",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("decision", Text, nullable=False),
    Column("did", Text, nullable=False, doc="declined, amended or otherwise"),
    Column("reason", Text, nullable=False),
    Column("exception", Text, nullable=False, doc="by what it is counted with others: its name, or else the reason"),
    Column("actor", Text, nullable=False),
    Index("ix_overrides_policy", "tenant", "policy", "at", "decision"),
    Index("ix_overrides_event", "event"),
)
