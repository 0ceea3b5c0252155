"""Up to where each CRM was read for what no webhook told, in its adapter's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from careengine.store.tables import cursors

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def get(reader: Connection, tenant: str, adapter: str) -> str | None:
    """The cursor; None before there is one."""
    return reader.scalar(select(cursors.c.cursor).where(cursors.c.tenant == tenant, cursors.c.adapter == adapter))


def keep(transaction: Connection, tenant: str, adapter: str, cursor: str, now: datetime) -> None:
    """Put the cursor in place of the one before."""
    values = {"cursor": cursor, "updated_at": now}
    moved = update(cursors).where(cursors.c.tenant == tenant, cursors.c.adapter == adapter).values(values)
    if not transaction.execute(moved).rowcount:
        transaction.execute(insert(cursors).values(tenant=tenant, adapter=adapter, **values))
