"""Looks whether a database on a PostgreSQL server is sound, and has it copied."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from careengine.errors import StoreError
from careengine.model.finding import Finding
from careengine.store import totals
from careengine.store.examine import revision, room_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.engine import URL

# A setting, what it must be, what that means, and what to do when it is not.
_SETTINGS = (
    ("fsync", "on", "what is acknowledged is on the disk", "set `fsync = on` on the server"),
    ("full_page_writes", "on", "a torn page is mended", "set `full_page_writes = on` on the server"),
    ("synchronous_commit", "on", "a commit waits for the disk", "take it out of `options` in `store.url`"),
    ("transaction_isolation", "repeatable read", "reads see one state", "take it out of `options` in `store.url`"),
)
_BROKEN = """
SELECT 'index ' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname = ANY (current_schemas(false))
UNION ALL
SELECT 'constraint ' || conname FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace
WHERE NOT convalidated AND n.nspname = ANY (current_schemas(false))
"""
_GUARD = "SELECT count(*) FROM pg_trigger WHERE tgname = 'decisions_append_only' AND tgenabled IN ('O', 'A')"
_COLLATION = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
_STABLE = ("C", "POSIX", "C.UTF-8", "C.utf8")


def examine(reader: Connection, place: str) -> list[Finding]:
    """The revision, whether everything is valid, and the settings that make it durable."""
    return [
        revision(reader),
        _integrity(reader, place),
        _standby(reader),
        *_settings(reader),
        _collation(reader),
        *totals.checked(reader),
    ]


def _integrity(reader: Connection, place: str) -> Finding:
    broken = list(reader.exec_driver_sql(_BROKEN).scalars())
    if reader.exec_driver_sql(_GUARD).scalar_one() == 0:
        broken.append("the trigger that keeps decisions from being changed")
    if broken:
        do = "build the index again (`REINDEX`), or restore a copy"
        return Finding(check="integrity", ok=False, found=f"`{place}` has invalid parts: {', '.join(broken)}", do=do)
    return Finding(check="integrity", ok=True, found=f"every index, constraint and trigger of `{place}` is valid")


def _standby(reader: Connection) -> Finding:
    if reader.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
        do = "let `store.url` name the server that takes writes"
        return Finding(check="writes", ok=False, found="this server is a standby", do=do)
    return Finding(check="writes", ok=True, found="this server takes writes")


def _settings(reader: Connection) -> Iterator[Finding]:
    for name, wanted, means, do in _SETTINGS:
        found = reader.exec_driver_sql(f"SHOW {name}").scalar_one()
        ok = found == wanted
        yield Finding(check=name, ok=ok, **({"found": f"{found}: {means}"} if ok else {"found": found, "do": do}))


def _collation(reader: Connection) -> Finding:
    found = reader.exec_driver_sql(_COLLATION).scalar_one()
    if found in _STABLE:
        return Finding(check="collation", ok=True, found=f"`{found}` never changes its order")
    do = "after an update of the system's C library run `REINDEX DATABASE`; a new database: `createdb --locale=C`"
    return Finding(check="collation", ok=True, found=f"`{found}` may change its order with the system", do=do)


def back_up(url: URL, place: str, target: Path) -> None:
    """Have `pg_dump` write one moment of the database to a new file, for `pg_restore`. Raises StoreError."""
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(
            "`pg_dump` is not on this machine; install PostgreSQL's client programs, or back up the server"
        )
    with room_for(target) as unfinished:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        command = [
            program,
            "--format=custom",
            "--no-password",
            f"--file={unfinished}",
            f"--dbname={_without_secrets(url)}",
        ]
        secret = {"PGPASSWORD": url.password} if url.password else {}
        done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise StoreError(f"`pg_dump` could not copy `{place}`: {_last_line(done.stderr)}")


def _without_secrets(url: URL) -> str:
    """The address as PostgreSQL's own programs take it; the arguments of a program can be seen by everybody."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("pg_dump: ") if lines else "it did not say why"
