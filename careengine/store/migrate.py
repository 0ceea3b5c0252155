"""Brings a database to the shape that this version needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from careengine.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

CURRENT, BEHIND, AHEAD = "current", "behind", "ahead"
_FOLDER = Path(__file__).parent / "migrations"


def config(connection: Connection) -> Config:
    """Alembic's settings for our migrations on one connection; no file is read."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def shape(reader: Connection) -> str:
    """Whether the database is as this version needs it, of an older version, or of a newer one."""
    found = MigrationContext.configure(reader).get_current_revision()
    head, known = _revisions()
    if found == head:
        return CURRENT
    return BEHIND if found is None or found in known else AHEAD


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    scripts = ScriptDirectory(str(_FOLDER))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def upgrade(connection: Connection, place: str) -> None:
    """Run the migrations that are missing, inside the connection's transaction. Raises StoreError."""
    made = config(connection)
    scripts = ScriptDirectory.from_config(made)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
        raise StoreError(f"the database `{place}` belongs to another program; name another file in `store.url`")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(f"the database `{place}` was written by a newer careengine; install that version again")
    command.upgrade(made, "head")
