"""The first version: events, history, rule sets, decisions, actions, inbox, cursors, rejects, keys."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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


def upgrade() -> None:
    _events()
    _decisions()
    _actions()
    _deliveries()
    _keys()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("tenant", "source", "id", name="uq_events"),
    )
    op.create_index("ix_events_customer", "events", ["tenant", "customer"])
    op.create_table(
        "history",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("event", RowNumber, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("direction", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("case", sa.Text),
        sa.Column("issue", sa.Text),
        sa.Column("employee", sa.Text),
        sa.Column("family", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("severity", sa.Integer),
        sa.Column("amount", sa.Text),
        sa.Column("policy", sa.Text),
        sa.PrimaryKeyConstraint("tenant", "customer", "at", "event", "n", name="pk_history"),
        sa.ForeignKeyConstraint(["event"], ["events.seq"], name="fk_history_events", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_history_event", "history", ["event"])


def _decisions() -> None:
    op.create_table(
        "rulesets",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("kept_at", Instant, nullable=False),
        sa.Column("documents", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash", name="pk_rulesets"),
    )
    op.create_table(
        "decisions",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("event", RowNumber, nullable=False),
        sa.Column("ruleset", sa.Text, nullable=False),
        sa.Column("as_of", Instant, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("decision", Json, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_decisions"),
        sa.UniqueConstraint("tenant", "id", name="uq_decisions"),
        sa.ForeignKeyConstraint(["event"], ["events.seq"], name="fk_decisions_events", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant", "ruleset"], ["rulesets.tenant", "rulesets.hash"], name="fk_decisions_rulesets"
        ),
    )
    op.create_index("ix_decisions_event", "decisions", ["event"], unique=True)
    op.create_index("ix_decisions_tenant", "decisions", ["tenant", "seq"])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "matches",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "decision", "policy", name="pk_matches"),
        sa.ForeignKeyConstraint(
            ["tenant", "decision"],
            ["decisions.tenant", "decisions.id"],
            name="fk_matches_decisions",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("adapter", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("action", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("reference", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_actions"),
        sa.UniqueConstraint("tenant", "id", name="uq_actions"),
        sa.ForeignKeyConstraint(
            ["tenant", "decision"],
            ["decisions.tenant", "decisions.id"],
            name="fk_actions_decisions",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_actions_decision", "actions", ["tenant", "decision"])
    op.create_index("ix_actions_state", "actions", ["tenant", "state"])
    unfinished = sa.text("state IN ('due', 'sending')")
    op.create_index(
        "ix_actions_unfinished",
        "actions",
        ["tenant", "adapter", "target", "seq"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def _deliveries() -> None:
    op.create_table(
        "inbox",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("adapter", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("headers", Json),
        sa.Column("body", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_inbox"),
        sa.UniqueConstraint("tenant", "adapter", "delivery", name="uq_inbox"),
    )
    op.create_index("ix_inbox_state", "inbox", ["tenant", "state", "adapter"])
    op.create_table(
        "cursors",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("adapter", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "adapter", name="pk_cursors"),
    )
    op.create_table(
        "rejects",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("pointer", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("problems", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_rejects"),
    )
    op.create_index("ix_rejects_tenant", "rejects", ["tenant", "seq"])
    op.create_table(
        "reject_counts",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("count", RowNumber, nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_reject_counts"),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("last_used_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
    )
    op.create_index("ix_keys_tenant", "keys", ["tenant"])


def downgrade() -> None:
    for table in ("keys", "reject_counts", "rejects", "cursors", "inbox", "actions", "matches"):
        op.drop_table(table)
    for table in ("decisions", "rulesets", "history", "events"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
