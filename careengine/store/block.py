"""A piece of work in the thread of whoever does it: the writer hands over its transaction and waits meanwhile."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.store.trouble import busy, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from careengine.store.writer import Writer


@contextmanager
def block(writer: Writer, patience: float) -> Iterator[Connection]:
    """The writer's transaction for the block, in its turn; kept once the block has ended without raising.

    Raises StoreError when the turn does not come within `patience` seconds, and when the database fails.
    """
    turn = _Turn()
    end = writer.put(turn.give)
    end.add_done_callback(turn.over)
    connection = turn.wait(end, patience, writer.place)
    try:
        with explained(writer.place):
            yield connection
    except BaseException as error:
        turn.left.set_exception(error)
        end.exception()  # undone
        raise
    turn.left.set_result(None)
    end.result()


@dataclass(frozen=True, slots=True)
class _Turn:
    come: Future[Connection] = field(default_factory=Future)
    left: Future[None] = field(default_factory=Future)

    def give(self, connection: Connection) -> None:
        """The work as the writer sees it."""
        self.come.set_result(connection)
        self.left.result()

    def over(self, end: Future[None]) -> None:
        """It may end before it came: then whoever waits must hear of it."""
        if not end.cancelled() and not self.come.done():
            self.come.set_exception(end.exception())

    def wait(self, end: Future[None], patience: float, place: str) -> Connection:
        try:
            return self.come.result(patience)
        except BaseException as error:
            if not end.cancel() and not self.left.done():  # it came just now: the writer must not wait for us
                self.left.set_exception(error)
            if isinstance(error, TimeoutError):
                raise busy(place) from None
            raise
