"""A database on a PostgreSQL server: many writers at a time, of one program or several, on one machine or several."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from sqlalchemy import NullPool, create_engine, text

from careengine.errors import Overloaded, StoreError
from careengine.store import migrate
from careengine.store.examine_server import back_up, examine
from careengine.store.locks import ONLY_READS
from careengine.store.presence import Presence
from careengine.store.store import Store
from careengine.store.trouble import explained
from careengine.telemetry.steps import COMMIT, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import psycopg
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from careengine.model.finding import Finding
    from careengine.store.store import Options

P = ParamSpec("P")
T = TypeVar("T")

MOST_WAITING = 512  # works; the next one is told to come back
_DRIVER = "postgresql+psycopg"
_MAY_WRITE = text("UPDATE cursors SET cursor = cursor WHERE false")
_PROOF = text("SELECT pg_logical_emit_message(true, 'careengine', 'proof')")
_ONLY_READ = "SET TRANSACTION READ ONLY"
# So that whoever pulled a cable is noticed in half a minute, at both ends.
_LIVELY = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
_LIVELY_SERVER = {f"tcp_{name}": value for name, value in _LIVELY.items()}


@dataclass(slots=True)
class PostgresStore(Store):
    """A database on a server. `alone` gives sessions beside the pool, `crew` are the threads for `submit`."""

    REMAINS: ClassVar[str] = (
        "the server's files hold what was removed until `VACUUM FULL`, its write-ahead log and copies until they go"
    )
    engine: Engine
    place: str
    alone: Engine
    crew: ThreadPoolExecutor
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_WAITING))

    @classmethod
    def at(cls, url: URL, options: Options) -> PostgresStore:
        """Open the database that the URL names; it must be there. Raises StoreError."""
        url = _checked(url, options.password)
        place = f"{url.host or url.query.get('host', 'localhost')}/{url.database}"
        pooled, alone = _engines(url, options)
        hands = max(1, options.connections * 3 // 4)  # the others are for those who read and deliver
        store = cls(pooled, place, alone, ThreadPoolExecutor(hands, thread_name_prefix="careengine-writer"))
        try:
            store._set_up(migrate_too=options.migrate)
        except BaseException:
            store.close()
            raise
        return store

    def _set_up(self, *, migrate_too: bool) -> None:
        with self.read() as reader:
            encoding = reader.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"the database `{self.place}` must be in UTF8; make it with `createdb --encoding=UTF8`")
        if migrate_too:
            with self.write() as transaction:
                migrate.upgrade(transaction, self.place)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes; others write beside it, so take a lock (`locks`) before reading what decides.

        Each statement sees what was kept before it began, also by whoever held the lock before. Raises StoreError, and
        Collision where another try may succeed.
        """
        with explained(self.place), self.engine.connect() as connection, connection.begin() as transaction:
            yield connection
            with step(COMMIT):
                transaction.commit()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """As the store's interface has it; several works run at a time, each in a transaction of its own."""
        return self._begin(self.transact, work)

    def submit_all(self, works: Sequence[Callable[[Connection], T]]) -> list[Future[T]]:
        """As the store's interface has it; a thread runs them, each in a transaction of its own."""
        ends: list[Future[T]] = [Future() for _ in works]
        self._begin(self._run_all, works, ends)
        return ends

    def _run_all(self, works: Sequence[Callable[[Connection], T]], ends: Sequence[Future[T]]) -> None:
        for work, end in zip(works, ends, strict=True):
            if end.set_running_or_notify_cancel():
                try:
                    end.set_result(self.transact(work))
                except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for it
                    end.set_exception(error)

    def _begin(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise Overloaded(f"too much waits for the database `{self.place}`; try again in a moment")
        try:
            end = self.crew.submit(copy_context().run, partial(function, *args, **kwargs))
        except RuntimeError as error:  # the crew takes up nothing new
            self._places.release()
            raise StoreError(f"the database `{self.place}` is closed") from error
        end.add_done_callback(lambda _: self._places.release())
        return end

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that reads one unchanging state of the database. Raises StoreError."""
        with explained(self.place), self.engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", **{ONLY_READS: True})
            # It ends with a commit, because after a rollback the driver forgets the statements that it has prepared.
            with connection.begin():
                raw: psycopg.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]  # it is
                raw.execute(_ONLY_READ)
                yield connection

    def turn(self, name: str) -> Presence:  # noqa: ARG002  every program has a turn, whatever it is for
        """This program's presence: several deliver at a time."""
        return Presence(self.alone, self.place)

    def prove(self) -> None:
        """Write a message to the server's log, and wait until it is on the disk. Raises StoreError."""
        with self.write() as transaction:
            transaction.execute(_MAY_WRITE)
            transaction.execute(_PROOF)

    def forget(self) -> bool:
        """Nothing is left for a program to do: the files are the server's."""
        return True

    def examine(self) -> list[Finding]:
        """Whether it is up to date, whole, and keeps what it acknowledges. Raises StoreError."""
        with self.read() as reader:
            return examine(reader, self.place)

    def back_up(self, target: Path) -> None:
        """Have `pg_dump` write a copy of one moment. Raises StoreError."""
        back_up(self.engine.url, self.place, target)

    def close(self) -> None:
        """Finish what waits to be kept, then close every connection."""
        self.crew.shutdown(wait=True)
        self.engine.dispose()
        self.alone.dispose()


def _checked(url: URL, password: str | None) -> URL:
    if url.drivername != _DRIVER:
        raise StoreError(f"`{url.drivername}` is not supported; write `{_DRIVER}` in `store.url`")
    if not url.database:
        raise StoreError(f"`store.url` names no database; write it as `{_DRIVER}://care@localhost/careengine`")
    return url if password is None else url.set(password=password)


def _engines(url: URL, options: Options) -> tuple[Engine, Engine]:
    """The engine for transactions, and the one for sessions of their own."""
    shared: dict[str, Any] = {"hide_parameters": True}
    try:
        pooled = create_engine(
            url,
            **shared,
            connect_args=_arguments(url, options),
            pool_size=options.connections,
            max_overflow=0,
            pool_timeout=options.busy_timeout,
            pool_pre_ping=True,  # a server that was started again costs nobody an error
            isolation_level="READ COMMITTED",
        )
        alone = create_engine(
            url,
            **shared,
            connect_args=_arguments(url, options),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )
    except ImportError:
        raise StoreError("PostgreSQL needs an extra part; run `pip install 'careengine[postgres]'`") from None
    return pooled, alone


def _arguments(url: URL, options: Options) -> dict[str, str | int]:
    """What every connection is made with. Whatever waits does not wait for ever."""
    given = url.query.get("options", "")
    own = {
        "lock_timeout": f"{math.ceil(options.busy_timeout * 1000)}",
        "statement_timeout": f"{math.ceil(options.statement_timeout * 1000)}",
        "idle_in_transaction_session_timeout": f"{math.ceil(options.statement_timeout * 2000)}",
        "synchronous_commit": "on",  # whatever the server's own setting: acknowledged means on the disk
        "timezone": "UTC",
        **_LIVELY_SERVER,
    }
    settings = " ".join(f"-c {name}={value}" for name, value in own.items())
    return {
        "application_name": "careengine",
        "connect_timeout": max(2, math.ceil(options.busy_timeout)),
        "client_encoding": "utf8",
        "options": f"{settings} {given}".strip(),
        **_LIVELY,
    }
