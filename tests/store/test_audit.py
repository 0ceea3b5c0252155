"""What people decided stays as it was written, whoever asks the database to change it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from careengine.errors import StoreError
from careengine.store import Store, audit, tables
from tests.store.shelf import NOW


def deed(subject: str = "action a-1", actor: str = "person:sam") -> audit.Deed:
    before, after = {"state": "parked"}, {"state": "due"}
    return audit.Deed(actor=actor, did="retry", subject=subject, reason="words", before=before, after=after)


def kept(store: Store, tenant: str = "acme", **more: str) -> list[audit.Entry]:
    with store.read() as reader:
        return audit.page(reader, tenant, **more)  # type: ignore[arg-type]


def test_entries_are_read_as_they_were_written_the_newest_first(store: Store) -> None:
    with store.write() as transaction:
        audit.add(transaction, "acme", deed(), NOW)
        audit.add(transaction, "acme", deed("action a-2", "key:k"), NOW)
        audit.add(transaction, "other", deed(), NOW)
    newest, oldest = kept(store)
    assert (oldest.deed, oldest.at) == (deed(), NOW)
    assert newest.deed == deed("action a-2", "key:k")
    assert [entry.deed.subject for entry in kept(store, actor="key:k")] == ["action a-2"]
    assert [entry.number for entry in kept(store, subject="action a-1")] == [oldest.number]
    with store.read() as reader:
        assert audit.page(reader, "acme", 1, after=newest.number) == [oldest]


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "other words"},
        {"actor": "person:eve"},
        {"did": "drop"},
        {"subject": "action a-2", "reason": ""},
        {"before": None},
        {"after": {"state": "dropped"}, "reason": ""},
        {"tenant": "other"},
        {"at": NOW.replace(year=2020)},
        {"seq": 7},
    ],
    ids=str,
)
def test_an_entry_cannot_be_changed(store: Store, change: dict[str, object]) -> None:
    with store.write() as transaction:
        audit.add(transaction, "acme", deed(), NOW)
    with pytest.raises(StoreError), store.write() as transaction:
        transaction.execute(update(tables.audit).values(change))
    assert [entry.deed for entry in kept(store)] == [deed()]


def test_an_entry_cannot_be_removed(store: Store) -> None:
    with store.write() as transaction:
        audit.add(transaction, "acme", deed(), NOW)
    with pytest.raises(StoreError), store.write() as transaction:
        transaction.execute(delete(tables.audit))
    assert len(kept(store)) == 1


def test_the_words_of_a_reason_can_be_emptied(store: Store) -> None:
    with store.write() as transaction:
        for tenant, subject in (("acme", "action a-1"), ("acme", "action a-2"), ("other", "action a-1")):
            audit.add(transaction, tenant, deed(subject), NOW)
        audit.empty_reasons(transaction, "acme", ["action a-1", *(f"action x-{n}" for n in range(1200))])
    assert {entry.deed.subject: entry.deed.reason for entry in kept(store)} == {
        "action a-1": "",
        "action a-2": "words",
    }
    assert [entry.deed.reason for entry in kept(store, "other")] == ["words"]
