"""A program's turn at work that must not be done twice at the same time, such as to deliver. It ends with its program.

Beside a file one program at a time has it, and whatever is found claimed is of one that ended. On a server every
program has a turn of its own, marks what it claims with it, and sees of others whether theirs still hold.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from careengine.store.trouble import explained

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


class Turn(Protocol):
    """See the module. `mark` is what claims are marked with; None: nobody else can be at work."""

    mark: int | None

    def take(self) -> bool:
        """Whether this program may work, now or since before; it does not wait. Raises StoreError."""
        ...

    def ended(self, transaction: Connection, marks: Collection[int | None], now: datetime) -> set[int | None]:
        """Those of the marks whose program has ended, surely enough to take up what it claimed. Raises StoreError."""
        ...

    def give_back(self) -> None:
        """Let somebody else have it."""
        ...


@dataclass(slots=True)
class FileTurn:
    """The turn of that name beside the database at `place`. Not for several threads at once.

    It is a lock on a file of its own, `<place>-<name>`, which the operating system takes off when the program ends,
    however it ends.
    """

    place: str
    name: str
    mark: int | None = None
    _held: sqlite3.Connection | None = None

    def take(self) -> bool:
        """Whether it is ours, now or since before; it does not wait. Raises StoreError."""
        if self._held is None:
            self._held = self._lock()
        return self._held is not None

    def _lock(self) -> sqlite3.Connection | None:
        file = f"{self.place}-{self.name}"
        with explained(file):
            connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                connection.close()
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                    return None
                raise
        return connection

    def ended(
        self,
        transaction: Connection,  # noqa: ARG002
        marks: Collection[int | None],
        now: datetime,  # noqa: ARG002
    ) -> set[int | None]:
        """All of them: there is nobody else."""
        return set(marks)

    def give_back(self) -> None:
        """Let somebody else have it."""
        if self._held is not None:
            self._held.close()
            self._held = None
