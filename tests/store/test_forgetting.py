"""What was removed is gone from every file; whether anything can be kept is found out by writing."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from careengine.errors import StoreError
from careengine.model.adapter import WebhookRequest
from careengine.store import Store, inbox
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = b"where is my parcel"


def _work_off(store: Store) -> None:
    """Deliveries of several pages each, kept, and worked off."""
    request = WebhookRequest(method="POST", url="", headers={}, body=WORDS * 1000)
    for number in range(5):
        with store.write() as transaction:
            inbox.keep(transaction, "acme", "demo", f"x-{number}", request, NOW)
    with store.write() as transaction:
        for delivery in inbox.in_state(transaction, "acme", "due"):
            inbox.done(transaction, "acme", delivery.seq, NOW)


def _readable(store: Store) -> list[str]:
    found = Path(store.place).parent.glob(f"{Path(store.place).name}*")
    return [file.name for file in found if WORDS in file.read_bytes()]


def test_what_was_removed_can_be_read_nowhere(file_store: Store) -> None:
    _work_off(file_store)
    assert _readable(file_store) == ["care.db-wal"]
    assert file_store.forget()
    assert _readable(file_store) == []
    assert Path(f"{file_store.place}-wal").stat().st_size == 0
    _work_off(file_store)  # and so it goes on
    assert file_store.forget()


def test_a_reader_puts_it_off_and_is_not_waited_for(file_store: Store) -> None:
    _work_off(file_store)
    with file_store.read() as reader:
        inbox.in_state(reader, "acme", "done")
        _work_off_one_more(file_store)
        assert not file_store.forget()
    assert file_store.forget()
    with file_store.read() as reader:
        assert reader.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000


def _work_off_one_more(store: Store) -> None:
    request = WebhookRequest(method="POST", url="", headers={}, body=WORDS)
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "y-1", request, NOW)


@contextmanager
def _no_file_grows(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_it_says_so_when_nothing_more_fits_on_the_disk(file_store: Store) -> None:
    file_store.prove()
    log = Path(f"{file_store.place}-wal").stat().st_size
    with _no_file_grows(log), pytest.raises(StoreError, match="disk"):
        file_store.prove()
    file_store.prove()


def test_nobody_waits_for_long_behind_one_who_waits(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(Store.open(f"sqlite:///{path}", busy_timeout=0.05)) as store:
        with store.write(), pytest.raises(StoreError, match="stop it, or try again in a moment"):
            store.prove()
        store.prove()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not store.forget()
