"""API keys are shown once, found by their text alone, and end when they should."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from careengine.store import keys, tables
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from careengine.store import Store

SECOND = timedelta(seconds=1)


def test_a_key_is_found_by_its_text_and_its_text_is_not_kept(store: Store) -> None:
    with store.write() as transaction:
        text = keys.make(transaction, "acme", "crm", {"decide", "read"}, NOW)
        found = keys.find(transaction, text, NOW)
        [row] = transaction.execute(select(tables.keys)).all()
        assert keys.of_tenant(transaction, "acme") == [found]
        assert keys.of_tenant(transaction, "other") == []
    assert found is not None
    assert (found.tenant, found.name, found.scopes) == ("acme", "crm", frozenset({"decide", "read"}))
    assert text not in str(row)
    assert text.split("_", 2)[2] not in str(row)


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.replace("ce_", "ce_0"), str.upper])
def test_any_other_text_finds_nothing(store: Store, change: object) -> None:
    with store.write() as transaction:
        text = keys.make(transaction, "acme", "crm", (), NOW)
        assert keys.find(transaction, change(text), NOW) is None  # type: ignore[operator]


@pytest.mark.parametrize("text", ["", "ce", "ce__", "_" * 9, "\udcff_x_y", "ce_' OR 1=1_x"])
def test_nonsense_finds_nothing(store: Store, text: str) -> None:
    with store.read() as reader:
        assert keys.find(reader, text, NOW) is None


def test_a_key_expires_and_can_be_revoked(store: Store) -> None:
    with store.write() as transaction:
        short = keys.make(transaction, "acme", "short", (), NOW, expires_at=NOW + SECOND)
        assert keys.find(transaction, short, NOW) is not None
        assert keys.find(transaction, short, NOW + SECOND) is None
        lasting = keys.make(transaction, "acme", "lasting", (), NOW)
        key_id = lasting.split("_")[1]
        assert not keys.revoke(transaction, "other", key_id, NOW)
        assert keys.revoke(transaction, "acme", key_id, NOW)
        assert not keys.revoke(transaction, "acme", key_id, NOW)
        assert keys.find(transaction, lasting, NOW) is None


def test_its_last_use_is_remembered_to_the_minute(store: Store) -> None:
    with store.write() as transaction:
        key_id = keys.make(transaction, "acme", "crm", (), NOW).split("_")[1]
        seen = []
        for after in (0, 59, 60):
            keys.used(transaction, "acme", key_id, NOW + after * SECOND)
            seen.append(keys.of_tenant(transaction, "acme")[0].last_used_at)
    assert seen == [NOW, NOW, NOW + 60 * SECOND]


def test_a_rotated_key_holds_until_the_stated_time_and_no_longer_than_before(store: Store) -> None:
    with store.write() as transaction:
        first = keys.make(transaction, "acme", "crm", {"read"}, NOW)
        old = keys.find(transaction, first, NOW)
        assert old is not None
        second = keys.rotate(transaction, old, NOW, NOW + 10 * SECOND, NOW + 30 * SECOND)
        for after, holds in ((0, True), (9, True), (10, False)):
            assert (keys.find(transaction, first, NOW + after * SECOND) is not None) == holds
        new = keys.find(transaction, second, NOW + 29 * SECOND)
        assert new is not None
        assert (new.name, new.scopes, new.expires_at) == ("crm", frozenset({"read"}), NOW + 30 * SECOND)
        keys.rotate(transaction, new, NOW, NOW + 60 * SECOND)
        assert keys.find(transaction, second, NOW + 30 * SECOND) is None
