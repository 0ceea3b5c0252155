"""Several ids of CRMs that are one person, whose histories may tell of cases of the same number."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, Json, RowNumber

revision = "0008_identities"
down_revision = "0007_restrictions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history", sa.Column("source", sa.Text))
    acted = sa.text("kind = 'decisions'")
    of_case = ["tenant", "source", "case", "policy", "at"]
    op.create_index("ix_history_case", "history", of_case, sqlite_where=acted, postgresql_where=acted)
    told = sa.text("type IN ('customer.merged', 'customer.unmerged')")
    op.create_index("ix_events_identity", "events", ["tenant"], sqlite_where=told, postgresql_where=told)
    op.create_table(
        "identities",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("known", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer", name="pk_identities"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identities_person", "identities", ["tenant", "person"])
    op.create_table(
        "merges",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("event", RowNumber, nullable=False),
        sa.Column("stays", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "event", name="pk_merges"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("merges")
    op.drop_table("identities")
    op.drop_index("ix_events_identity", "events")
    op.drop_index("ix_history_case", "history")
    op.drop_column("history", "source")
