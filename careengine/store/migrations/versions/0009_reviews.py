"""What reviews of the rules count: when policies matched, and what people did otherwise."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, RowNumber

revision = "0009_reviews"
down_revision = "0008_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matches", sa.Column("at", Instant))
    op.add_column("matches", sa.Column("live", sa.Boolean))
    op.create_index("ix_matches_policy", "matches", ["tenant", "policy", "at", "live"])
    op.create_table(
        "overrides",
        sa.Column("seq", RowNumber, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column(
            "event",
            RowNumber,
            sa.ForeignKey("events.seq", name="fk_overrides_events", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("did", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("exception", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
    op.create_index("ix_overrides_policy", "overrides", ["tenant", "policy", "at", "decision"])
    op.create_index("ix_overrides_event", "overrides", ["event"])


def downgrade() -> None:
    op.drop_table("overrides")
    op.drop_index("ix_matches_policy", "matches")
    op.drop_column("matches", "live")
    op.drop_column("matches", "at")
