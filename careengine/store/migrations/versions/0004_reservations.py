"""What actions take up of limits, budgets and authority, and what that comes to by period."""

import sqlalchemy as sa
from alembic import op

from careengine.store.columns import Instant, RowNumber

revision = "0004_reservations"
down_revision = "0003_claims"
branch_labels = None
depends_on = None

_HELD = sa.text("state = 'held'")


def _of_event(table: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("events.seq", name=f"fk_{table}_events", ondelete="CASCADE")
    return sa.Column("event", RowNumber, key, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        _of_event("reservations", nullable=True),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until", Instant),
        sa.Column("override", sa.Boolean, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "policy", "scope", "at", "action", name="pk_reservations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reservations_action", "reservations", ["tenant", "action"])
    op.create_index("ix_reservations_event", "reservations", ["event"])
    held = ["tenant", "policy", "scope", "until"]
    op.create_index("ix_reservations_held", "reservations", held, sqlite_where=_HELD, postgresql_where=_HELD)
    op.create_table(
        "totals",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("span", sa.Text, nullable=False),
        sa.Column("start", Instant, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "policy", "scope", "span", "start", "currency", name="pk_totals"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notices",
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        _of_event("notices"),
        sa.PrimaryKeyConstraint("tenant", "policy", "scope", "at", name="pk_notices"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notices_event", "notices", ["event"])


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_table("totals")
    op.drop_table("reservations")
