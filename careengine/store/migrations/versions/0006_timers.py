"""What falls due, and the clocks of standards."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0006_timers"
down_revision = "0005_tasks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timers",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("try_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column(
            "event", RowNumber, sa.ForeignKey("events.seq", name="fk_timers_events", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_timers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_timers_due", "timers", ["tenant", "try_at"])
    failed = sa.text("attempts > 0")
    op.create_index("ix_timers_failed", "timers", ["tenant", "due_at"], sqlite_where=failed, postgresql_where=failed)
    op.create_index("ix_timers_event", "timers", ["event"])
    op.create_table(
        "clocks",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("case", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column(
            "event", RowNumber, sa.ForeignKey("events.seq", name="fk_clocks_events", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "policy", "source", "subject", name="pk_clocks"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_clocks_subject", "clocks", ["tenant", "source", "subject"])
    op.create_index("ix_clocks_event", "clocks", ["event"])
    is_open = sa.text("state IN ('running', 'paused')")
    mine = ["tenant", "source", "case"]
    op.create_index("ix_clocks_case", "clocks", mine, sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    op.drop_table("clocks")
    op.drop_table("timers")
