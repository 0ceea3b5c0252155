"""What the driver itself reports, past SQLAlchemy: each kind is provoked on a server, and told in plain words."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import Integer, Text, bindparam, column, func, insert, select, text, update

from careengine.errors import StoreError
from careengine.store import Store, decisions, events, rulesets
from careengine.store.prepared import Prepared
from careengine.store.tables import cursors, keys
from careengine.store.trouble import Collision
from tests.store.shelf import NOW, decision, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.postgres import Cluster

PID = Prepared(select(func.pg_backend_pid()))
SLEEP = Prepared(select(func.pg_sleep(10)))
TOUCH = Prepared(
    update(cursors)
    .where(cursors.c.adapter == bindparam("which"))
    .values(cursor=cursors.c.cursor + "x")
    .returning(cursors.c.cursor)
)
ADD_CURSOR = Prepared(insert(cursors), ("tenant", "adapter", "cursor", "updated_at"))
# Nothing can be written to this file of the system's: as if the disk were full.
NO_ROOM = Prepared(text("COPY (SELECT repeat('x', 100000)) TO '/dev/full'").columns(column("nothing", Text)))
NO_ROOM_TO_SORT = Prepared(
    text("SELECT n FROM generate_series(1, 100000) AS n ORDER BY -n LIMIT 60000").columns(column("n", Integer))
)


def _add(transaction: Connection) -> None:
    events.add(transaction, event())


def _twice(transaction: Connection) -> None:
    _add(transaction)
    _add(transaction)


def _of_no_event(transaction: Connection) -> None:
    made = decision().to_json()
    rulesets.keep(transaction, "acme", made["ruleset"], list, NOW)
    decisions.append(transaction, "acme", 12345, made, {}, NOW)


def _without_a_name(transaction: Connection) -> None:
    values = {"id": "k-1", "tenant": "acme", "sha256": "s3cret", "scopes": [], "created_at": NOW, "name": None}
    Prepared(insert(keys), tuple(values)).run(transaction, [values])


def _in_no_room_to_sort(transaction: Connection) -> None:
    transaction.execute(text("SET LOCAL work_mem = '64kB'"))
    transaction.execute(text("SET LOCAL temp_file_limit = '64kB'"))
    NO_ROOM_TO_SORT.rows(transaction, {})


def _only_to_be_read(transaction: Connection) -> None:
    transaction.execute(text("SET TRANSACTION READ ONLY"))
    _add(transaction)


def _too_long(transaction: Connection) -> None:
    transaction.execute(text("SET LOCAL statement_timeout = 20"))
    SLEEP.rows(transaction, {})


@pytest.mark.parametrize(
    ("fail", "says"),
    [
        (_twice, "refuses this record: it breaks one of its rules"),
        (_of_no_event, "refuses this record: it breaks one of its rules"),
        (_without_a_name, "refuses this record: it breaks one of its rules"),
        (lambda to: NO_ROOM.rows(to, {}), "the disk of the database .* is full; make room on it"),
        (_in_no_room_to_sort, "the disk of the database .* is full; make room on it"),
        (_only_to_be_read, "can only be read at present; let `store.url` name the server that takes writes"),
        (_too_long, "took too long to answer; look at its load, or raise `store.statement_seconds`"),
    ],
    ids=["taken", "belongs to nothing", "incomplete", "disk full", "no room to sort", "read only", "too long"],
)
def test_what_a_statement_meets_is_told_undone_and_forgotten(
    server_store: Store, fail: Callable[[Connection], None], says: str
) -> None:
    with pytest.raises(StoreError, match=says) as caught, server_store.write() as transaction:
        fail(transaction)
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert not any(word in str(caught.value) for word in ("psycopg", "e-1", "s3cret", "12345", "\n"))
    with pytest.raises(StoreError, match=says):
        server_store.submit(fail).result(20)
    with server_store.write() as transaction:
        _add(transaction)


def test_no_place_left_for_a_connection(cluster: Cluster) -> None:
    with cluster.database() as url, ExitStack() as others:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            _take_all_places(cluster, others)
        with pytest.raises(StoreError, match="takes no more connections; lower") as caught:
            Store.open(url)
        assert "\n" not in str(caught.value)


def _take_all_places(cluster: Cluster, taken: ExitStack) -> None:
    while True:
        taken.enter_context(psycopg.connect(host=str(cluster.folder), user="care", dbname="postgres"))


def test_a_connection_that_is_lost_costs_its_transaction_and_the_next_one_has_another(server_store: Store) -> None:
    def lose(transaction: Connection, *, keeping: bool = False) -> None:
        if keeping:
            _add(transaction)
        _end(server_store, PID.scalar(transaction, {}))
        SLEEP.rows(transaction, {})

    with pytest.raises(StoreError, match="is away; start it"), server_store.write() as transaction:
        lose(transaction, keeping=True)
    with pytest.raises(StoreError, match="is away; start it"), server_store.read() as reader:
        lose(reader)
    with server_store.read() as reader:
        assert not events.known(reader, "acme", "demo", "e-1")
    with server_store.write() as transaction:
        _add(transaction)


def _end(store: Store, session: int) -> None:
    with store.write() as other:
        other.execute(select(func.pg_terminate_backend(session, 5000)))


@pytest.fixture
def pair(server_store: Store) -> Store:
    """A store with two records, `x` and `y`."""
    with server_store.write() as transaction:
        names = [{"tenant": "acme", "adapter": name, "cursor": "", "updated_at": NOW} for name in "xy"]
        ADD_CURSOR.run(transaction, names)
    return server_store


def test_what_cannot_be_put_in_an_order_is_tried_again(pair: Store) -> None:
    tries: list[int] = []

    def work(transaction: Connection) -> str:
        if not tries:
            transaction.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            tries.append(PID.scalar(transaction, {}))
            with pair.write() as other:
                TOUCH.rows(other, {"which": "x"})
        return str(TOUCH.scalar(transaction, {"which": "x"}))

    with pytest.raises(Collision), pair.write() as transaction:
        work(transaction)
    tries.clear()
    assert pair.submit(work).result(20) == "xxx"


def test_two_that_hold_what_the_other_needs_both_succeed(pair: Store) -> None:
    barrier = Barrier(2)
    tries: list[str] = []

    def cross(one: str, other: str) -> None:
        def work(transaction: Connection) -> None:
            TOUCH.rows(transaction, {"which": one})
            tries.append(one)
            if len(tries) <= 2:
                barrier.wait(10)
            TOUCH.rows(transaction, {"which": other})

        pair.transact(work)

    threads = [Thread(target=cross, args=names) for names in ("xy", "yx")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(tries) >= 3
    with pair.read() as reader:
        assert list(reader.execute(select(cursors.c.cursor)).scalars()) == ["xx", "xx"]
