"""What people are asked to decide, and the roles of policies that whoever has a key fills."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0005_tasks"
down_revision = "0004_reservations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("seq", RowNumber, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("event", RowNumber, sa.ForeignKey("events.seq", name="fk_tasks_events", ondelete="CASCADE")),
        sa.Column("customer", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("employee", sa.Text),
        sa.Column("document", Json, nullable=False),
        sa.UniqueConstraint("tenant", "id", name="uq_tasks"),
    )
    op.create_index("ix_tasks_state", "tasks", ["tenant", "state", "kind", "due_at"])
    op.create_index("ix_tasks_customer", "tasks", ["tenant", "customer"])
    op.create_index("ix_tasks_event", "tasks", ["event"])
    about = sa.text("subject IS NOT NULL")
    op.create_index("ix_tasks_subject", "tasks", ["tenant", "subject"], sqlite_where=about, postgresql_where=about)
    op.add_column("keys", sa.Column("fills", Json))


def downgrade() -> None:
    op.drop_column("keys", "fills")
    op.drop_table("tasks")
