"""A database on a server: what it promises, and every way in which it can fail: a clear error without secrets."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql
from sqlalchemy import func, select

from careengine.errors import Overloaded, StoreError
from careengine.store import Store, events, locks, postgres, removal, tables
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.postgres import Cluster


@contextmanager
def _opened(url: str, **options: Any) -> Iterator[Store]:
    with closing(Store.open(url, **options)) as store:
        yield store


def _count(store: Store) -> int:
    with store.read() as reader:
        return reader.scalar(select(func.count()).select_from(tables.events)) or 0


def _add(store: Store, name: str = "e-1") -> None:
    with store.write() as transaction:
        events.add(transaction, event(name))


def test_what_is_acknowledged_is_on_the_disk_and_nobody_waits_for_ever(server_store: Store) -> None:
    with server_store.read() as reader:
        names = ("synchronous_commit", "lock_timeout", "statement_timeout", "timezone", "transaction_isolation")
        shown = [reader.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert shown == ["on", "5s", "30s", "UTC", "repeatable read"]
    server_store.prove()
    assert server_store.forget()


def test_what_was_removed_is_in_no_answer_and_after_a_full_vacuum_in_no_file_of_a_table(
    server_store: Store, cluster: Cluster
) -> None:
    words = "planted words"
    with server_store.write() as transaction:
        events.add(transaction, event("e-1", document={"text": "others"}))
        number = events.add(transaction, event("e-2", document={"text": words}))
    with server_store.write() as transaction:
        removal.remove_events(transaction, "acme", [number], NOW)
    assert server_store.forget()
    assert server_store.REMAINS
    with server_store.read() as reader:
        assert words not in str(reader.execute(select(tables.events)).all())
    folder = _folder_of(server_store, cluster)
    _vacuum(server_store, "VACUUM events")
    assert _holds(folder, words)  # its place is free, and nobody has written over it
    _vacuum(server_store, "VACUUM FULL events")
    assert not _holds(folder, words)
    assert _holds(folder, "others")


def _folder_of(store: Store, cluster: Cluster) -> Path:
    with store.read() as reader:
        file = reader.exec_driver_sql("SELECT pg_relation_filepath('events')").scalar_one()
    return cluster.folder.joinpath("data", file).parent


def _vacuum(store: Store, command: str) -> None:
    with store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(command)
        connection.exec_driver_sql("CHECKPOINT")


def _holds(folder: Path, words: str) -> bool:
    return any(words.encode() in file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_whoever_reads_changes_nothing_and_the_driver_keeps_what_it_has_prepared(server_store: Store) -> None:
    with pytest.raises(StoreError, match="can only be read"), server_store.read() as reader:
        events.add(reader, event())
    for _ in range(10):
        with server_store.read() as reader:
            assert not events.known(reader, "acme", "demo", "e-1")
    with server_store.read() as reader:
        prepared = list(reader.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars())
    assert any("FROM events" in statement for statement in prepared)


def test_a_server_that_is_away(tmp_path: Any) -> None:
    with pytest.raises(StoreError, match=r"the database server of `.*/care` is away; start it"):
        Store.open(f"postgresql+psycopg://care@/care?host={tmp_path}")


@pytest.mark.parametrize(("user", "password"), [("secured", "s3cret"), ("secured", None), ("nobody_we_know", None)])
def test_a_wrong_user_or_password(cluster: Cluster, user: str, password: str | None) -> None:
    with pytest.raises(StoreError, match="refuses this user or password; mend") as caught:
        Store.open(cluster.url("postgres", user), password=password)
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_right_password_is_never_shown(cluster: Cluster) -> None:
    with _opened(cluster.url("postgres", "secured"), password="correct horse", migrate=False) as store:
        assert "correct" not in f"{store!r} {store.engine!r} {store.place}"
        with pytest.raises(StoreError, match="may not do that") as caught, store.write() as transaction:
            transaction.exec_driver_sql("CREATE TABLE public.mine (n int)")
        assert "correct" not in str(caught.value)


def test_a_database_that_is_not_there(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match="does not exist; make it with `createdb`"):
        Store.open(cluster.url("nowhere"))


def test_a_database_in_another_encoding(cluster: Cluster) -> None:
    latin = sql.SQL("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    cluster.run(latin)
    with pytest.raises(StoreError, match="must be in UTF8; make it with `createdb --encoding=UTF8`"):
        Store.open(cluster.url("latin"))


def test_a_server_without_a_place_left(cluster: Cluster) -> None:
    cluster.run("ALTER ROLE secured CONNECTION LIMIT 0")
    try:
        with pytest.raises(StoreError, match="takes no more connections; lower"):
            Store.open(cluster.url("postgres", "secured"), password="correct horse")
    finally:
        cluster.run("ALTER ROLE secured CONNECTION LIMIT -1")


def test_a_pool_without_a_connection_left(cluster: Cluster) -> None:
    with (
        cluster.database() as url,
        _opened(url, connections=1, busy_timeout=0.1) as store,
        store.read(),
        pytest.raises(StoreError, match=r"all connections .* are in use; raise"),
    ):
        _count(store)


def test_too_much_waiting_is_told_to_come_back(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "MOST_WAITING", 2)
    leave = Event()
    with cluster.database() as url, _opened(url, connections=1) as store:
        first, second = store.submit(lambda _: leave.wait(10)), store.submit(lambda to: events.add(to, event()))
        with pytest.raises(Overloaded, match="try again in a moment"):
            store.submit(lambda _: None)
        leave.set()
        assert first.result(10)
        assert second.result(10)
        assert _count(store) == 1
        store.close()
        with pytest.raises(StoreError, match="is closed"):
            store.submit(lambda _: None)


def test_a_server_that_only_reads(cluster: Cluster) -> None:
    with cluster.database() as url:
        name = url.partition("@/")[2].partition("?")[0]
        cluster.run(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(sql.Identifier(name)))
        with _opened(url) as store:
            assert _count(store) == 0
            for change in (store.prove, lambda: _add(store)):
                with pytest.raises(StoreError, match="can only be read at present"):
                    change()


def test_a_lock_that_somebody_else_holds_for_too_long(cluster: Cluster) -> None:
    with cluster.database() as url, _opened(url, busy_timeout=0.1) as store, store.write() as first:
        locks.hold(first, "customer", "C-1")
        with pytest.raises(StoreError, match="somebody else held what was needed"), store.write() as second:
            locks.hold(second, "customer", "C-1")
        with store.write() as third:
            locks.hold(third, "customer", "C-2")


def test_a_statement_that_takes_too_long(cluster: Cluster) -> None:
    with cluster.database() as url, _opened(url, statement_timeout=0.1) as store:
        with pytest.raises(StoreError, match="took too long to answer"), store.read() as reader:
            reader.exec_driver_sql("SELECT pg_sleep(10)")
        assert _count(store) == 0


def test_connections_that_break_cost_the_transactions_that_were_open_and_nothing_else(server_store: Store) -> None:
    with pytest.raises(StoreError, match="is away"):
        _break_in_the_middle(server_store)
    assert _count(server_store) == 0
    _add(server_store)
    assert _count(server_store) == 1


def _break_in_the_middle(store: Store) -> None:
    with store.read(), store.write() as transaction:
        events.add(transaction, event())
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        transaction.exec_driver_sql(f"{others} AND pid <> pg_backend_pid()")
        transaction.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


def test_whoever_holds_the_lock_of_a_customer_sees_all_that_was_done_under_it(server_store: Store) -> None:
    inside, seen = Event(), []

    def second() -> None:
        with server_store.write() as transaction:
            transaction.execute(select(1))  # it has begun, and seen a state of the database
            inside.set()
            locks.hold(transaction, "acme", "C-1")
            seen.append(events.known(transaction, "acme", "demo", "e-1"))

    with server_store.write() as transaction:
        locks.hold(transaction, "acme", "C-1")
        thread = Thread(target=second)
        thread.start()
        assert inside.wait(10)
        thread.join(0.05)
        events.add(transaction, event("e-1"))
    thread.join(10)
    assert seen == [True]


def test_names_of_locks_do_not_run_into_each_other() -> None:
    names = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("", "abc"), ("\ud800",)]
    keys = {locks.key_of(*name) for name in names}
    assert len(keys) == len(names)
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_two_that_wait_for_each_other_both_succeed(server_store: Store) -> None:
    barrier, tries = Barrier(2), []

    def cross(one: str, other: str) -> int:
        def work(transaction: Connection) -> int:
            locks.hold(transaction, one)
            tries.append(one)
            if len(tries) <= 2:
                barrier.wait(10)
            locks.hold(transaction, other)
            return events.add(transaction, event(one))

        return server_store.transact(work)

    threads = [Thread(target=cross, args=names) for names in (("x", "y"), ("y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert _count(server_store) == 2
    assert len(tries) >= 3


def test_two_that_keep_the_same_at_once_are_one_after_the_other(server_store: Store) -> None:
    barrier = Barrier(2)
    firsts: list[int] = []

    def work(transaction: Connection) -> None:
        if not events.known(transaction, "acme", "demo", "e-1"):
            if len(firsts) < 2:
                firsts.append(1)
                barrier.wait(10)
            events.add(transaction, event("e-1"))

    ends = [server_store.submit(work) for _ in range(2)]
    assert [end.result(10) for end in ends] == [None, None]
    assert _count(server_store) == 1


def test_the_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"run `pip install 'careengine\[postgres\]'`"):
        Store.open("postgresql+psycopg://care:s3cret@localhost/care")


def test_several_programs_that_start_at_once_upgrade_once(cluster: Cluster) -> None:
    with cluster.database("template1") as url:
        barrier, opened = Barrier(3), []

        def start() -> None:
            barrier.wait(10)
            with _opened(url) as store:
                opened.append(_count(store))

        threads = [Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert opened == [0, 0, 0]
