"""What is looked at in every database, and how a copy of it comes to be."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from careengine.errors import StoreError
from careengine.model.finding import Finding
from careengine.store import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


def revision(reader: Connection) -> Finding:
    """Whether the tables are those that this version needs."""
    found, newest = migrate.revision(reader), migrate.newest()
    if found == newest:
        return Finding(check="revision", ok=True, found=f"`{found}`, the newest")
    do = "run `careengine db upgrade`"
    return Finding(check="revision", ok=False, found=f"`{found or 'none'}`, not `{newest}`", do=do)


@contextmanager
def room_for(target: Path) -> Iterator[Path]:
    """A name beside `target` to write to; it becomes `target`, on the disk, at the end of a block that did not raise.

    Raises StoreError when there is something already, or nothing can be written there.
    """
    if target.exists():
        raise StoreError(f"`{target}` is there already; name a file that is not")
    if not target.parent.is_dir():
        raise StoreError(f"the folder `{target.parent}` does not exist; make it, or name another")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        yield unfinished
        _settle(unfinished, target)
    except OSError as error:
        raise StoreError(f"the copy `{target}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _settle(unfinished: Path, target: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    os.link(unfinished, target)  # unlike a renaming it replaces nothing
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
