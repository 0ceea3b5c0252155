"""What people decided (audit), and the marks of what was erased."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0002_people"
down_revision = "0001"
branch_labels = None
depends_on = None

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


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", RowNumber, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("did", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_tenant", "audit", ["tenant", "seq"])
    op.create_index("ix_audit_subject", "audit", ["tenant", "subject"])
    for trigger in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(trigger)
    op.create_table(
        "erased",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sha256", name="pk_erased"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("erased", "audit"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_audit()")
