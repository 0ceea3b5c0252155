"""One thread that writes, and lets much work share one commit: waiting for the disk costs more than the work.

Each work runs in a savepoint of its own: one that fails undoes itself and nothing else. Whoever waits for a work is
told of its end after the commit that keeps it, never before; when that commit fails, all that shared it are told so.
"""

from __future__ import annotations

from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from careengine.errors import Overloaded, StoreError
from careengine.store.trouble import explanation, lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection

T = TypeVar("T")

MOST_WAITING = 512  # works; the next one is told to come back
_MOST_SHARING = 256  # works of one commit
_SECONDS_SHARING = 0.02  # after which a commit takes up no more: the first must not wait for ever for the last


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    end: Future[Any] = field(default_factory=Future)


@dataclass(slots=True)
class Writer:
    """Runs work in the order in which it came. `transaction` begins one that writes, and commits it at its end."""

    transaction: Callable[[], AbstractContextManager[Connection]]
    place: str
    _jobs: SimpleQueue[_Job | None] = field(default_factory=SimpleQueue)
    _door: Lock = field(default_factory=Lock)
    _thread: Thread | None = None
    _closed: bool = False

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run a work in its turn; the future ends after the commit. Raises Overloaded when too much waits already."""
        if self._jobs.qsize() >= MOST_WAITING:
            raise Overloaded(f"too much waits for the database `{self.place}`; try again in a moment")
        return self.put(work)

    def submit_all(self, works: Sequence[Callable[[Connection], T]]) -> list[Future[T]]:
        """Run several in their order, each for itself. Raises Overloaded when there is no room for all of them."""
        if self._jobs.qsize() + len(works) > MOST_WAITING:
            raise Overloaded(f"too much waits for the database `{self.place}`; try again in a moment")
        return [self.put(work) for work in works]

    def put(self, work: Callable[[Connection], T]) -> Future[T]:
        """The same for one who holds a thread while waiting, and of those there are few: there is always room."""
        # In the context of whoever submits it, so that spans and log lines know where they belong.
        context = copy_context()
        job = _Job(lambda transaction: context.run(work, transaction))
        with self._door:
            if self._closed:
                raise StoreError(f"the database `{self.place}` is closed")
            if self._thread is None:
                # A daemon: a program that ends in a hurry must not hang, and what it had not kept it never promised.
                self._thread = Thread(target=self._write, name="careengine-writer", daemon=True)
                self._thread.start()
            self._jobs.put(job)
        return job.end

    def close(self) -> None:
        """Take up nothing new, finish what waits, end the thread."""
        with self._door:
            thread, self._thread, self._closed = self._thread, None, True
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _write(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._share(self._group(job))

    def _group(self, first: _Job) -> Iterator[_Job]:
        """A job and those that wait behind it, also those that come meanwhile."""
        end = monotonic() + _SECONDS_SHARING
        yield first
        for _ in range(_MOST_SHARING - 1):
            if monotonic() > end:
                return
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)  # the end, for the loop to see; nothing can be behind it
                return
            yield job

    def _share(self, group: Iterator[_Job]) -> None:
        """One transaction for a group, and its end for everybody who waits."""
        done: list[tuple[_Job, Any]] = []
        begun = False
        try:
            with self.transaction() as connection:
                begun = True
                for job in group:
                    done += self._tried(connection, job)
        except BaseException as error:  # noqa: BLE001  nobody may be left waiting, and the thread lives on
            # Where not even a beginning was possible, those behind have waited for it just as long.
            for job in [job for job, _ in done] if begun else group:
                _fail(job, error)
        else:
            for job, result in done:
                job.end.set_result(result)

    def _tried(self, connection: Connection, job: _Job) -> list[tuple[_Job, Any]]:
        if not job.end.set_running_or_notify_cancel():
            return []  # nobody waits for it any more
        raw: SqliteConnection = connection.connection.dbapi_connection  # type: ignore[assignment]  # it is SQLite's
        try:
            raw.execute("SAVEPOINT work")
            result = job.work(connection)
            self._check(raw)
            raw.execute("RELEASE work")
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for it
            try:
                self._undo(raw)
            finally:
                job.end.set_exception(explanation(error, self.place) or error)
            return []
        return [(job, result)]

    def _undo(self, raw: SqliteConnection) -> None:
        self._check(raw)
        raw.execute("ROLLBACK TO work")
        raw.execute("RELEASE work")

    def _check(self, raw: SqliteConnection) -> None:
        # A full or failing disk makes SQLite undo the whole transaction, with the work of the others.
        if not raw.in_transaction:
            raise lost(self.place)


def _fail(job: _Job, error: BaseException) -> None:
    if job.end.running() or job.end.set_running_or_notify_cancel():
        # An error for each: one that several threads raise would gather the traces of all.
        job.end.set_exception(StoreError(str(error), error.told) if isinstance(error, StoreError) else error)
