"""What became of the restrictions that people were asked about."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0007_restrictions"
down_revision = "0006_timers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restrictions",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column(
            "event",
            RowNumber,
            sa.ForeignKey("events.seq", name="fk_restrictions_events", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("standing", Json, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_restrictions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_restrictions_customer", "restrictions", ["tenant", "customer", "opened_at"])
    op.create_index("ix_restrictions_event", "restrictions", ["event"])


def downgrade() -> None:
    op.drop_table("restrictions")
