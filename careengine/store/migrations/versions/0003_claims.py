"""Several programs deliver at once: what is claimed says by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0003_claims"
down_revision = "0002_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actions", sa.Column("claimed_by", sa.BigInteger))
    op.add_column("inbox", sa.Column("claimed_by", sa.BigInteger))
    _index("ix_actions_sending", "actions", ["tenant", "claimed_by"], "state = 'sending'")
    _index("ix_actions_due", "actions", ["tenant", "adapter", "seq"], "state = 'due'")
    _index("ix_inbox_claimed", "inbox", ["tenant", "adapter"], "claimed_by IS NOT NULL")
    op.drop_index("ix_inbox_state", "inbox")
    op.create_index("ix_inbox_state", "inbox", ["tenant", "state", "adapter", "seq"])


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    op.drop_index("ix_inbox_state", "inbox")
    op.create_index("ix_inbox_state", "inbox", ["tenant", "state", "adapter"])
    op.drop_index("ix_inbox_claimed", "inbox")
    op.drop_index("ix_actions_due", "actions")
    op.drop_index("ix_actions_sending", "actions")
    op.drop_column("inbox", "claimed_by")
    op.drop_column("actions", "claimed_by")
