"""Opens the database and gives transactions: many readers beside one writer at a time."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from careengine.errors import StoreError
from careengine.store import migrate
from careengine.store.block import block
from careengine.store.trouble import explained
from careengine.store.writer import Writer
from careengine.telemetry.steps import COMMIT, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

T = TypeVar("T")

_WRITES = "careengine_writes"


@dataclass(slots=True)
class Store:
    """One database. Threads may share it; close it at the end."""

    engine: Engine
    place: str
    patience: float = 5.0  # seconds to wait for another writer, in this program or another
    _writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self._writer = Writer(self._begun, self.place)

    @classmethod
    def open(cls, url: str, *, busy_timeout: float = 5.0) -> Store:
        """Open (and make, or bring up to date) the database at a URL such as `sqlite:///careengine.db`.

        `busy_timeout` is how many seconds to wait for another program that writes. Raises StoreError.
        """
        parsed = _checked(url)
        place = str(parsed.database)
        _touch(Path(place))
        store = cls(_engine(parsed, busy_timeout), place, busy_timeout)
        try:
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self) -> None:
        with explained(self.place):
            with closing(self.engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
                mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise StoreError(f"the database `{self.place}` must lie on a local disk that can be written")
        with self.write() as transaction:
            migrate.upgrade(transaction, self.place)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Let the writer do a work in its transaction, in the order of coming; the future ends once it is kept.

        What the work raises undoes it and becomes the future's. The future raises StoreError when the database fails;
        then nothing of the work was kept. Raises Overloaded when too much waits already.
        """
        return self._writer.submit(work)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: kept as a whole at the end of the block, undone when it raises.

        Raises StoreError when the database fails; then nothing of the block was kept.
        """
        with block(self._writer, self.patience) as transaction:
            yield transaction

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with explained(self.place), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin() as transaction:
                yield connection
                try:
                    with step(COMMIT):
                        transaction.commit()
                except BaseException:
                    connection.invalidate()  # it may still hold what it could not keep; the next one gets another
                    raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that reads one unchanging state of the database. Raises StoreError."""
        with explained(self.place), self.engine.connect() as connection:
            yield connection

    def prove(self) -> None:
        """Write to the disk what changes nothing. Raises StoreError when nothing could be kept at present."""
        with self.write() as transaction:
            transaction.exec_driver_sql("PRAGMA user_version = 0")

    def forget(self) -> bool:
        """Empty the write-ahead log, in which what was removed can still be read; False while somebody needs it.

        Raises StoreError.
        """
        with explained(self.place), closing(self.engine.raw_connection()) as raw:
            raw.execute("PRAGMA busy_timeout=0").close()  # whoever reads must not hold up those who write
            try:
                held, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute(f"PRAGMA busy_timeout={int(self.patience * 1000)}").close()
        return not held

    def close(self) -> None:
        """Keep what waits to be kept, then close every connection."""
        self._writer.close()
        self.engine.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"`{url}` is no database; write it as `sqlite:///careengine.db`") from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"`{parsed.get_backend_name()}` is not supported; write `sqlite:///careengine.db`")
    if parsed.database in (None, "", ":memory:"):
        raise StoreError("a database in memory keeps nothing; name a file, such as `sqlite:///careengine.db`")
    return parsed


def _touch(path: Path) -> None:
    """Make the file so that only its owner may read it: it holds customers' data."""
    if path.is_dir():
        raise StoreError(f"`{path}` is a folder; name a file in it, such as `{path / 'careengine.db'}`")
    if not path.parent.is_dir():
        raise StoreError(f"the folder `{path.parent}` does not exist; make it, or name another in `store.url`")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
    except OSError as error:
        raise StoreError(f"the database `{path}` cannot be opened: {error.strerror}") from error


def _engine(url: URL, busy_timeout: float) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": busy_timeout})

    @event.listens_for(engine, "connect")
    def _connected(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        with closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA secure_delete=ON")  # what is removed is overwritten, not only unlinked

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A writer takes its place before it reads: what it decides on cannot change under it.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
