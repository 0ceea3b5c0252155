"""The tables. Migrations build the same ones; a test holds the two equal."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from careengine.store.columns import Instant, Json, RowNumber

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

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

APPEND_ONLY = {
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
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(
            decisions,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        )

matches = Table(
    "matches",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, doc="when the decision was recorded; unknown of those that an older program kept"),
    PrimaryKeyConstraint("tenant", "decision", "policy"),
    ForeignKeyConstraint(["tenant", "decision"], ["decisions.tenant", "decisions.id"], ondelete="CASCADE"),
    Index("ix_matches_policy", "tenant", "policy", "at"),
    sqlite_with_rowid=False,
)

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

keys = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("fills", Json, doc="the roles of policies that whoever has the key fills"),
    Index("ix_keys_tenant", "tenant"),
)

audit = Table(
    "audit",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False, doc="`key:…`, `person:…`, `local:…`, or `careengine` itself"),
    Column("did", Text, nullable=False),
    Column("subject", Text, nullable=False, doc="what it was done to, such as `action a_1f00`"),
    Column("reason", Text, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Index("ix_audit_tenant", "tenant", "seq"),
    Index("ix_audit_subject", "tenant", "subject"),
)

# The words of a reason may name a person who is to be erased: they can be emptied, and that is all that can be changed.
AUDIT_APPEND_ONLY = {
    "sqlite": (
        """
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
WHEN NEW.reason <> '' OR (NEW.seq, NEW.tenant, NEW.at, NEW.actor, NEW.did, NEW.subject, NEW.before, NEW.after)
    IS NOT (OLD.seq, OLD.tenant, OLD.at, OLD.actor, OLD.did, OLD.subject, OLD.before, OLD.after)
BEGIN
    SELECT RAISE(ABORT, 'the audit is never changed');
END
    """,
        """
CREATE TRIGGER audit_keeps_all BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'nothing leaves the audit');
END
    """,
    ),
    "postgresql": (
        """
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.reason = ''
            AND (NEW.seq, NEW.tenant, NEW.at, NEW.actor, NEW.did, NEW.subject, NEW.before, NEW.after)
            IS NOT DISTINCT FROM (OLD.seq, OLD.tenant, OLD.at, OLD.actor, OLD.did, OLD.subject, OLD.before, OLD.after)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit is never changed';
END$$
""",
        """
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION keep_audit()
""",
        """
CREATE TRIGGER audit_keeps_all BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()
""",
    ),
}
for _dialect, _triggers in AUDIT_APPEND_ONLY.items():
    for _trigger in _triggers:
        event.listen(
            audit,
            "after_create",
            DDL(_trigger).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]  # SQLAlchemy's own
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

reservations = Table(
    "reservations",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("policy", Text, nullable=False, doc="the limit, budget or authority"),
    Column("scope", Text, nullable=False, doc="whose room is taken up, such as `household:H-1`"),
    Column("at", Instant, nullable=False),
    Column("action", Text, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
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
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("currency", Text, nullable=False),
    Column("count", BigInteger, nullable=False, doc="reservations of the period that stand whatever the time is"),
    Column("units", BigInteger, nullable=False, doc="what those in this currency come to"),
    PrimaryKeyConstraint("tenant", "policy", "scope", "start", "end", "currency"),
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

tasks = Table(
    "tasks",
    METADATA,
    Column("seq", RowNumber, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False, doc="what a person is asked: approval, flag, restriction, appeal and so on"),
    Column("state", Text, nullable=False, doc="open, withdrawn, expired, or what a person made of it: approved"),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), doc="none: it is about the rules"),
    Column("customer", Text),
    Column("source", Text, nullable=False, doc="the adapter whose CRM it is about"),
    Column("target", Text, nullable=False, doc="where the CRM keeps it, as in an action"),
    Column("role", Text, nullable=False, doc="who decides"),
    Column("policy", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("changed_at", Instant, nullable=False),
    Column("subject", Text, doc="what it is found by where an event settles it: a promise, an action"),
    Column("document", Json, nullable=False, doc="all else, by its kind"),
    UniqueConstraint("tenant", "id"),
    Index("ix_tasks_state", "tenant", "state", "kind", "due_at"),
    Index("ix_tasks_customer", "tenant", "customer"),
    Index("ix_tasks_event", "event"),
)
_ABOUT = tasks.c.subject.is_not(None)
Index("ix_tasks_subject", tasks.c.tenant, tasks.c.subject, sqlite_where=_ABOUT, postgresql_where=_ABOUT)

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

restrictions = Table(
    "restrictions",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False, doc="of the action that proposed it"),
    Column("customer", Text, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False, doc="proposed, declined, in_force or ended"),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("standing", Json, nullable=False, doc="how it stands, as decisions ask for it"),
    Column("document", Json, nullable=False, doc="its notice and who decided what"),
    PrimaryKeyConstraint("tenant", "id"),
    Index("ix_restrictions_customer", "tenant", "customer", "opened_at"),
    Index("ix_restrictions_event", "event"),
    sqlite_with_rowid=False,
)

# An id that is merged with others; those that are not have no row. A merge outlasts its event.
identities = Table(
    "identities",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("person", Text, nullable=False, doc="the id that the person goes by"),
    Column("known", Json, nullable=False, doc="consent and what protects them, as last told of this id"),
    PrimaryKeyConstraint("tenant", "customer"),
    Index("ix_identities_person", "tenant", "person"),
    sqlite_with_rowid=False,
)

merges = Table(
    "merges",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("event", RowNumber, nullable=False, doc="the number of the event that told of it; it may be gone"),
    Column("stays", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant", "person", "event"),
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
    Index("ix_overrides_policy", "tenant", "policy", "at"),
    Index("ix_overrides_event", "event"),
)
