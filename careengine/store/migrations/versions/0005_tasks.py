"""What people are asked to decide."""

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
        sa.Column(
            "event", RowNumber, sa.ForeignKey("events.seq", name="fk_tasks_events", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("customer", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.UniqueConstraint("tenant", "id", name="uq_tasks"),
    )
    op.create_index("ix_tasks_kind", "tasks", ["tenant", "kind", "state", "seq"])
    op.create_index("ix_tasks_customer", "tasks", ["tenant", "customer"])
    op.create_index("ix_tasks_event", "tasks", ["event"])


def downgrade() -> None:
    op.drop_table("tasks")
