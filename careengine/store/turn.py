"""A turn that one program at a time can have, such as to deliver from a database. It ends with its program."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from careengine.store.trouble import explained


@dataclass(slots=True)
class Turn:
    """The turn of that name beside the database at `place`. Not for several threads at once.

    It is a lock on a file of its own, `<place>-<name>`, which the operating system takes off when the program ends,
    however it ends.
    """

    place: str
    name: str
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

    def give_back(self) -> None:
        """Let somebody else have it."""
        if self._held is not None:
            self._held.close()
            self._held = None
