"""Migrations only add, so that an older program goes on beside a newer one on a database that is up to date.

What an older program reads and writes must stay as it was: nothing is dropped, renamed or made stricter. An index is no
promise, so it may go.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event

from careengine.store import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Engine

    from tests.postgres import Cluster

_MADE = re.compile(r'CREATE TABLE "?(\w+)')
_UNIQUE = re.compile(r'CREATE UNIQUE INDEX .* ON "?(\w+)')
_TRIGGER = re.compile(r'CREATE TRIGGER .* ON "?(\w+)', re.DOTALL)
_COLUMN = re.compile(r'ALTER TABLE "?(\w+)"? ADD COLUMN (.*)', re.DOTALL)
_FREE = ("CREATE INDEX ", "DROP INDEX ", "CREATE FUNCTION ")
_ASKING = ("SELECT", "PRAGMA", "SHOW", "INSERT INTO alembic_version", "UPDATE alembic_version")


def stricter(statements: Sequence[str]) -> list[str]:
    """Those that an older program could stumble over. What one migration makes, nobody knows yet."""
    mine: set[str] = set()
    found = []
    for statement in statements:
        if made := _MADE.match(statement):
            mine.add(made[1])
        elif named := _UNIQUE.match(statement) or _TRIGGER.match(statement):
            found += [] if named[1] in mine else [statement]
        elif column := _COLUMN.match(statement):
            must = "NOT NULL" in column[2] and "DEFAULT" not in column[2]
            found += [statement] if must or "UNIQUE" in column[2] or "CHECK" in column[2] else []
        elif not statement.startswith((*_FREE, *_ASKING)):
            found.append(statement)
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE keys DROP COLUMN name",
        "ALTER TABLE keys RENAME COLUMN name TO title",
        "ALTER TABLE keys RENAME TO tokens",
        "ALTER TABLE keys ALTER COLUMN name TYPE INTEGER",
        "ALTER TABLE keys ALTER COLUMN name SET NOT NULL",
        "ALTER TABLE keys ADD COLUMN note TEXT NOT NULL",
        "ALTER TABLE keys ADD CONSTRAINT one UNIQUE (name)",
        "CREATE UNIQUE INDEX one ON keys (name)",
        "CREATE TRIGGER no BEFORE UPDATE ON keys BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP TABLE keys",
        "UPDATE keys SET name = ''",
        "DELETE FROM keys",
        "INSERT INTO _alembic_tmp_keys SELECT * FROM keys",
    ],
)
def test_what_an_older_program_could_stumble_over_is_seen(statement: str) -> None:
    assert stricter([statement]) == [statement]


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE notes (n INTEGER NOT NULL)", "CREATE UNIQUE INDEX one ON notes (n)"],
        ["ALTER TABLE keys ADD COLUMN note TEXT", "CREATE INDEX ix ON keys (note)", "DROP INDEX ix"],
        ["ALTER TABLE keys ADD COLUMN note TEXT DEFAULT '' NOT NULL"],
    ],
)
def test_what_only_adds_is_let_be(statements: list[str]) -> None:
    assert stricter(statements) == []


def test_no_migration_is_stricter_in_a_file(tmp_path: Path) -> None:
    _examine(f"sqlite:///{tmp_path / 'care.db'}")


def test_no_migration_is_stricter_on_a_server(cluster: Cluster) -> None:
    with cluster.database("template1") as url:
        _examine(url)


def _examine(url: str) -> None:
    newest_last = [each.revision for each in ScriptDirectory.from_config(migrate.config(None)).walk_revisions()][::-1]
    with _engine(url) as (engine, said):
        for revision in newest_last:
            said.clear()
            with engine.begin() as connection:
                command.upgrade(migrate.config(connection), revision)
            assert said, revision
            assert stricter(said) == [], revision


@contextmanager
def _engine(url: str) -> Iterator[tuple[Engine, list[str]]]:
    engine, said = create_engine(url), list[str]()

    @event.listens_for(engine, "before_cursor_execute")
    def _hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement.strip())

    try:
        yield engine, said
    finally:
        engine.dispose()
