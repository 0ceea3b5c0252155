"""A database in a file: many readers beside one writer at a time."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import create_engine, event

from careengine.errors import StoreError
from careengine.store import migrate
from careengine.store.block import block
from careengine.store.examine_file import back_up, examine
from careengine.store.line import Line
from careengine.store.store import Store
from careengine.store.trouble import explained
from careengine.store.turn import FileTurn
from careengine.store.writer import Writer
from careengine.telemetry.steps import COMMIT, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from careengine.model.finding import Finding
    from careengine.store.store import Options

T = TypeVar("T")

_WRITES = "careengine_writes"


@dataclass(slots=True)
class SqliteStore(Store):
    """A database in a file on a local disk."""

    engine: Engine
    place: str
    patience: float = 5.0  # seconds to wait for another writer, in this program or another
    _writer: Writer = field(init=False)
    _line: Line = field(init=False)

    def __post_init__(self) -> None:
        self._writer, self._line = Writer(self._begun, self.place), Line(self.place, self.patience)

    @classmethod
    def at(cls, url: URL, options: Options) -> SqliteStore:
        """Open, and make when it is not there, the file that the URL names. Raises StoreError."""
        place = str(_checked(url).database)
        _touch(Path(place))
        store = cls(_engine(url, options.busy_timeout), place, options.busy_timeout)
        try:
            store._set_up(migrate_too=options.migrate)
        except BaseException:
            store.close()
            raise
        return store

    def _set_up(self, *, migrate_too: bool) -> None:
        with explained(self.place):
            with closing(self.engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
                mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise StoreError(f"the database `{self.place}` must lie on a local disk that can be written")
        if migrate_too:
            with self.write() as transaction:
                migrate.upgrade(transaction, self.place)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Let the writer do a work in its transaction, in the order of coming; the future ends once it is kept.

        What the work raises undoes it and becomes the future's. The future raises StoreError when the database fails;
        then nothing of the work was kept. Raises Overloaded when too much waits already.
        """
        return self._writer.submit(work)

    def submit_all(self, works: Sequence[Callable[[Connection], T]]) -> list[Future[T]]:
        """As `submit`, for several in their order. Raises Overloaded when there is no room for all."""
        return self._writer.submit_all(works)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: kept as a whole at the end of the block, undone when it raises.

        Raises StoreError when the database fails; then nothing of the block was kept.
        """
        with block(self._writer, self.patience) as transaction:
            yield transaction

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with explained(self.place), self._line.turn(), self.engine.connect() as connection:
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

    def turn(self, name: str) -> FileTurn:
        """A turn of one program at a time, on a lock beside the file."""
        return FileTurn(self.place, name)

    def examine(self) -> list[Finding]:
        """Whether it is up to date, whole, and keeps what it acknowledges. Raises StoreError."""
        with self.read() as reader:
            return examine(reader, self.place)

    def back_up(self, target: Path) -> None:
        """Write a copy of one moment, beside those who read and write. Raises StoreError."""
        back_up(self.place, target)

    def close(self) -> None:
        """Keep what waits to be kept, then close every connection."""
        self._writer.close()
        self._line.close()
        self.engine.dispose()


def _checked(url: URL) -> URL:
    if url.database in (None, "", ":memory:"):
        raise StoreError("a database in memory keeps nothing; name a file, such as `sqlite:///careengine.db`")
    return url


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
