"""Looks whether a database in a file is sound, and copies it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from careengine.model.finding import Finding
from careengine.store import totals
from careengine.store.examine import revision, room_for
from careengine.store.trouble import explained

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

# A setting, what it must be, and what that means.
_SETTINGS = (
    ("journal_mode", "wal", "readers go on beside the writer"),
    ("synchronous", 2, "what is acknowledged is on the disk"),
    ("foreign_keys", 1, "what belongs together stays together"),
)
_SHOWN = 3


def examine(reader: Connection, place: str) -> list[Finding]:
    """The revision, whether the file is whole, and the settings that make it durable."""
    return [
        revision(reader),
        _integrity(reader, place),
        *(_setting(reader, *each) for each in _SETTINGS),
        *totals.checked(reader),
    ]


def _integrity(reader: Connection, place: str) -> Finding:
    faults = [row[0] for row in reader.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})") if row[0] != "ok"]
    faults += [
        f"a row of `{row[0]}` lost what it belongs to" for row in reader.exec_driver_sql("PRAGMA foreign_key_check")
    ]
    if faults:
        do = "stop the service and restore a copy"
        return Finding(check="integrity", ok=False, found=f"`{place}`: {'; '.join(faults[:_SHOWN])}", do=do)
    return Finding(check="integrity", ok=True, found=f"`{place}` is whole")


def _setting(reader: Connection, name: str, wanted: object, means: str) -> Finding:
    found = reader.exec_driver_sql(f"PRAGMA {name}").scalar_one()
    if found == wanted:
        return Finding(check=name, ok=True, found=f"{found}: {means}")
    do = "put the database on a local disk that can be written"
    return Finding(check=name, ok=False, found=f"`{found}`, not `{wanted}`", do=do)


def back_up(place: str, target: Path) -> None:
    """Copy one moment of the database to a new file, beside those who read and write, and prove the copy whole."""
    with room_for(target) as unfinished, explained(place):
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, whole in itself
            if (said := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(said)
