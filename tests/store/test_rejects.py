"""Rejects are counted for good; only the latest are described, and briefly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.store import rejects
from tests.store.shelf import NOW

if TYPE_CHECKING:
    import pytest

    from careengine.store import Store


def _reject(source: str = "demo", message: str = "is missing") -> rejects.Reject:
    return rejects.Reject(at=NOW, source=source, pointer="/type", message=message, problems=2, size=40, sha256="a" * 64)


def test_all_are_counted_and_the_latest_described(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "KEPT", 3)
    with store.write() as transaction:
        rejects.add(transaction, "other", _reject())
        for number in range(5):
            rejects.add(transaction, "acme", _reject(f"crm-{number}"))
    with store.read() as reader:
        assert (rejects.count(reader, "acme"), rejects.count(reader, "other"), rejects.count(reader, "x")) == (5, 1, 0)
        assert rejects.latest(reader, "acme") == [_reject(f"crm-{number}") for number in (4, 3, 2)]
        assert rejects.latest(reader, "acme", limit=1) == [_reject("crm-4")]
        assert rejects.latest(reader, "other") == [_reject()]


def test_a_long_description_is_cut(store: Store) -> None:
    with store.write() as transaction:
        rejects.add(transaction, "acme", _reject(message="x" * 10_000))
        [kept] = rejects.latest(transaction, "acme")
    assert kept.message == "x" * rejects.TEXT_SIZE
