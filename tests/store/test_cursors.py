"""A cursor is kept for each adapter of each tenant, the newest one only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from careengine.store import cursors, tables
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from careengine.store import Store


def test_the_newest_cursor_is_kept(store: Store) -> None:
    later = NOW + timedelta(minutes=1)
    with store.write() as transaction:
        assert cursors.get(transaction, "acme", "demo") is None
        cursors.keep(transaction, "acme", "demo", "7", NOW)
        cursors.keep(transaction, "acme", "other", "1", NOW)
        cursors.keep(transaction, "other", "demo", "2", NOW)
        cursors.keep(transaction, "acme", "demo", "8", later)
    with store.read() as reader:
        assert [cursors.get(reader, *of) for of in (("acme", "demo"), ("acme", "other"), ("other", "demo"))] == list(
            "812"
        )
        assert reader.scalars(select(tables.cursors.c.updated_at).order_by("cursor")).all() == [NOW, NOW, later]
