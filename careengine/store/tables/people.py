"""What people are asked, what they did, and by which keys they come."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA, on_create

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
    Column("employee", Text, doc="whom of the company it is about"),
    Column("document", Json, nullable=False, doc="all else, by its kind"),
    UniqueConstraint("tenant", "id"),
    Index("ix_tasks_state", "tenant", "state", "kind", "due_at"),
    Index("ix_tasks_customer", "tenant", "customer"),
    Index("ix_tasks_event", "event"),
)
_ABOUT = tasks.c.subject.is_not(None)
Index("ix_tasks_subject", tasks.c.tenant, tasks.c.subject, sqlite_where=_ABOUT, postgresql_where=_ABOUT)

restrictions = Table(
    "restrictions",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False, doc="of the action that proposed it"),
    Column("customer", Text, nullable=False),
    Column("event", RowNumber, ForeignKey("events.seq", ondelete="CASCADE"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("standing", Json, nullable=False, doc="how it stands, as decisions ask for it"),
    Column("document", Json, nullable=False, doc="its notice and who decided what"),
    PrimaryKeyConstraint("tenant", "id"),
    Index("ix_restrictions_customer", "tenant", "customer", "opened_at"),
    Index("ix_restrictions_event", "event"),
    sqlite_with_rowid=False,
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
_APPEND_ONLY = {
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
on_create(audit, _APPEND_ONLY)

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
