"""What every database here can do, whichever it is: `Store`, and how one is opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from careengine.errors import StoreError
from careengine.store.trouble import Collision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from careengine.model.finding import Finding
    from careengine.store.turn import Turn

T = TypeVar("T")

EXAMPLE = "`sqlite:///careengine.db` or `postgresql+psycopg://care@localhost/careengine`"
# Loaded when they are asked for: whoever uses one needs nothing of the other.
_KINDS = {
    "sqlite": ("careengine.store.database", "SqliteStore"),
    "postgresql": ("careengine.store.postgres", "PostgresStore"),
}
_TRIES = 5  # for a transaction that meets another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to open a database.

    `busy_timeout` is how many seconds to wait for somebody else who writes, or for a connection; `connections` how
    many there may be at a time and `statement_timeout` the seconds one statement may take, both on a server;
    `migrate`: bring the database up to date.
    """

    password: str | None = None
    busy_timeout: float = 5.0
    connections: int = 16
    statement_timeout: float = 30.0
    migrate: bool = True


class Store(ABC):
    """One database. Threads may share it; close it at the end. `place` names it without user and password."""

    # Where what was removed can still be read after `forget`; empty: nowhere.
    REMAINS: ClassVar[str] = ""
    engine: Engine
    place: str

    @staticmethod
    def open(url: str, **options: Any) -> Store:
        """Open (and make, or bring up to date) the database at a URL such as `sqlite:///careengine.db`.

        `options` are those of `Options`. Raises StoreError; no password is in it.
        """
        parsed = _parsed(url)
        module, name = _KINDS[parsed.get_backend_name()]
        kind: type[Store] = getattr(import_module(module), name)
        return kind.at(parsed, Options(**options))

    @classmethod
    @abstractmethod
    def at(cls, url: URL, options: Options) -> Store:
        """Open the database of this kind. Raises StoreError."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that writes: kept as a whole at the end of the block, undone when it raises.

        Raises StoreError when the database fails; then nothing of the block was kept.
        """

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that reads one unchanging state of the database. Raises StoreError."""

    @abstractmethod
    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Have a work done in a transaction that writes, by a thread of the store's; the future ends once it is kept.

        What the work raises undoes it and becomes the future's; where somebody else was at the same records, it may
        run again. The future raises StoreError when the database fails; then nothing of the work was kept. Raises
        Overloaded when too much waits already.
        """

    @abstractmethod
    def submit_all(self, works: Sequence[Callable[[Connection], T]]) -> list[Future[T]]:
        """`submit` for several works, each kept or undone for itself, one after the other in their order.

        Raises Overloaded when there is no room for all: then none is taken up.
        """

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Like `write`, with the block as a function: it runs again when somebody else was at the same records."""
        for attempt in count(1):
            try:
                with self.write() as transaction:
                    return work(transaction)
            except Collision:
                if attempt == _TRIES:
                    raise
        raise AssertionError  # the count never ends

    @abstractmethod
    def turn(self, name: str) -> Turn:
        """This program's turn at work that must not be done twice at the same time."""

    @abstractmethod
    def prove(self) -> None:
        """Write to the disk what changes nothing. Raises StoreError when nothing could be kept at present."""

    @abstractmethod
    def forget(self) -> bool:
        """Take what was removed out of where it can still be read, as far as a program can (`REMAINS`).

        False while somebody needs it there. Raises StoreError.
        """

    @abstractmethod
    def examine(self) -> list[Finding]:
        """Whether it is up to date, whole, and keeps what it acknowledges. Raises StoreError."""

    @abstractmethod
    def back_up(self, target: Path) -> None:
        """Write a copy of one moment to a file that is not there yet. Raises StoreError."""

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:  # its words hold the whole address, with a password that may be in it
        raise StoreError(f"`store.url` is no database; write it as {EXAMPLE}") from None
    if parsed.get_backend_name() not in _KINDS:
        raise StoreError(f"`{parsed.get_backend_name()}` is not supported; write {EXAMPLE}")
    return parsed
