"""Opening, transactions, and every way in which a file can fail: a clear error, and nothing half-written."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as hook
from sqlalchemy import func, select

from careengine.errors import StoreError
from careengine.store import Store, events, tables
from tests.store.shelf import event

if TYPE_CHECKING:
    from collections.abc import Callable


def _count(store: Store) -> int:
    with store.read() as reader:
        return reader.scalar(select(func.count()).select_from(tables.events)) or 0


def _pragma(store: Store, name: str) -> Any:
    with store.read() as reader:
        return reader.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_it_is_durable_and_keeps_its_own_rules(file_store: Store) -> None:
    assert (_pragma(file_store, "journal_mode"), _pragma(file_store, "synchronous")) == ("wal", 2)
    assert (_pragma(file_store, "foreign_keys"), _pragma(file_store, "busy_timeout")) == (1, 5000)


def test_only_the_owner_may_read_the_file(file_store: Store) -> None:
    with file_store.write() as transaction:
        events.add(transaction, event())
    for ending in ("", "-wal", "-shm"):
        assert stat.S_IMODE(Path(file_store.place + ending).stat().st_mode) == 0o600


def test_a_failed_block_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyError):
        _fail_in_the_middle(store)
    assert _count(store) == 0


def _fail_in_the_middle(store: Store) -> None:
    with store.write() as transaction:
        events.add(transaction, event())
        raise KeyError


def test_readers_go_on_beside_a_writer_and_see_one_state(store: Store) -> None:
    with store.write() as transaction:
        events.add(transaction, event())
        assert _count(store) == 0
    assert _count(store) == 1


def test_one_writer_at_a_time(file_store: Store) -> None:
    inside, leave, order = Event(), Event(), []

    def first() -> None:
        with file_store.write():
            inside.set()
            leave.wait(10)
            order.append("first")

    def second() -> None:
        with file_store.write():
            order.append("second")

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    threads[1].join(0.05)
    assert order == []
    leave.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("care.db", "`store.url` is no database; write it as `sqlite:///careengine.db` or `postgresql"),
        ("sqlite://", "a database in memory keeps nothing"),
        ("sqlite:///:memory:", "a database in memory keeps nothing"),
        ("oracle://x/y", "`oracle` is not supported; write `sqlite:///careengine.db` or `postgresql"),
        ("s3cret@", "`store.url` is no database"),
        ("postgresql://care@localhost/care", r"`postgresql` is not supported; write `postgresql\+psycopg`"),
        ("postgresql+psycopg://care@localhost", "`store.url` names no database; write it as"),
    ],
)
def test_a_wrong_address(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        Store.open(url)
    assert "s3cret" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder `.*nowhere` does not exist; make it, or name another"):
        Store.open(f"sqlite:///{tmp_path / 'nowhere' / 'care.db'}")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is a folder; name a file in it, such as `.*careengine.db`"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    path.write_bytes(b"these are last year's holiday photographs" * 100)
    with pytest.raises(
        StoreError, match=r"the file `.*` is not a database; name another file in `store.url`, or restore a copy"
    ):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are last year's")


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(Store.open(f"sqlite:///{path}")) as store, store.write() as transaction:
        for number in range(50):
            events.add(transaction, event(f"e-{number}", document={"text": "x" * 400}))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged; stop the service and restore a copy"):
        _read_all(path)


def _read_all(path: Path) -> None:
    with closing(Store.open(f"sqlite:///{path}")) as store, store.read() as reader:
        reader.execute(select(tables.events)).all()


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title)")
    with pytest.raises(StoreError, match=r"belongs to another program; name another file in `store.url`"):
        Store.open(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_a_database_that_another_program_holds(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(Store.open(f"sqlite:///{path}", busy_timeout=0.05)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match=r"another program holds the database `.*`; stop it, or try again"):
                _add(store)
        assert _count(store) == 0
        _add(store)
        assert _count(store) == 1


def _add(store: Store) -> None:
    with store.write() as transaction:
        events.add(transaction, event())


def test_a_full_disk_keeps_nothing_of_the_transaction(file_store: Store) -> None:
    def _small(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}").close()

    hook.listen(file_store.engine, "checkout", _small)
    with pytest.raises(StoreError, match=r"the disk of the database `.*` is full; make room on it"):
        _add_many(file_store)
    assert _count(file_store) == 0
    hook.remove(file_store.engine, "checkout", _small)
    with file_store.write() as transaction:
        transaction.exec_driver_sql("PRAGMA max_page_count=1000000")
        events.add(transaction, event())
    assert _count(file_store) == 1


def _add_many(store: Store) -> None:
    with store.write() as transaction:
        for number in range(100):
            events.add(transaction, event(f"e-{number}", document={"text": "x" * 4000}))


def test_a_database_that_may_not_be_written(file_store: Store) -> None:
    hook.listen(file_store.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA query_only=ON").close())
    with pytest.raises(StoreError, match="cannot be written; let this user write the file and its folder"):
        _add(file_store)


def test_a_table_that_is_gone(store: Store) -> None:
    with store.write() as transaction:
        transaction.exec_driver_sql("DROP TABLE rejects")
    with pytest.raises(StoreError, match="lacks a table that is needed"), store.read() as reader:
        reader.execute(select(tables.rejects))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda transaction: [events.add(transaction, event()) for _ in range(2)],
        lambda transaction: transaction.execute(
            tables.matches.insert().values(tenant="acme", decision="none", policy="p", kind="recovery")
        ),
    ],
)
def test_a_record_that_breaks_the_rules_is_refused_without_its_content(
    store: Store, break_it: Callable[[Any], object]
) -> None:
    with pytest.raises(StoreError, match="refuses this record") as caught, store.write() as transaction:
        break_it(transaction)
    assert "e-1" not in str(caught.value)
    assert _count(store) == 0
