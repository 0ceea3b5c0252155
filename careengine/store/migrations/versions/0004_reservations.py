"""What actions take up of limits, budgets and authority."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, RowNumber

revision = "0004_reservations"
down_revision = "0003_claims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column(
            "event",
            RowNumber,
            sa.ForeignKey("events.seq", name="fk_reservations_events", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("amount", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until", Instant),
        sa.PrimaryKeyConstraint("tenant", "policy", "scope", "at", "action", name="pk_reservations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reservations_action", "reservations", ["tenant", "action"])
    op.create_index("ix_reservations_event", "reservations", ["event"])


def downgrade() -> None:
    op.drop_table("reservations")
