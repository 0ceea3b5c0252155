"""Programs that write to one file stand in line.

Who finds SQLite's own lock taken sleeps for longer and longer between two looks, and whoever just had it takes it again
meanwhile: under load of several workers some waited for seconds.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.store.trouble import busy

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_AGAIN = 0.0002  # seconds, less than a program needs between two of its commits


@dataclass(slots=True)
class Line:
    """The line for the database at `place`: a lock on `<place>-line`. The system takes it off when a program ends."""

    place: str
    patience: float
    _file: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Our turn to write. Raises StoreError when it does not come within `patience` seconds."""
        file = self._wait()
        try:
            yield
        finally:
            if file is not None:
                fcntl.flock(file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave it for good."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _wait(self) -> int | None:
        """The file that is locked for us; None, where none can be: then the database itself says what is wrong."""
        if sys.platform == "win32":
            return None
        last = time.monotonic() + self.patience
        try:
            file = self._opened()
            while True:
                with suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return file
                if time.monotonic() > last:
                    raise busy(self.place)
                time.sleep(_LOOK_AGAIN)
        except OSError:  # a folder that cannot be written, or a file system without such locks
            return None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(f"{self.place}-line", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return self._file
