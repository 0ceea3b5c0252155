"""The migrations and the tables say the same, and old data lives through them, up and down, in both databases."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import LargeBinary, create_engine, insert, inspect, select

from careengine.errors import StoreError
from careengine.store import Store, events, migrate, tables
from careengine.store.columns import Instant, Json
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "HEAD"


def upgrade():
    with op.batch_alter_table("keys") as table:
        table.add_column(sa.Column("note", sa.Text))


def downgrade():
    with op.batch_alter_table("keys") as table:
        table.drop_column("note")
"""


def _next() -> str:
    head = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).get_current_head()
    return NEXT.replace("HEAD", str(head))


def _shape(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {name: re.sub(r"\s+", " ", sql).replace(" ,", ",") for name, sql in rows if name != "alembic_version"}


def test_a_fresh_database_has_exactly_the_tables_of_the_code(store: Store) -> None:
    with store.read() as reader:
        assert compare_metadata(MigrationContext.configure(reader), tables.METADATA) == []


def test_a_fresh_file_is_word_for_word_what_the_code_describes(file_store: Store, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with engine.begin() as connection:
        tables.METADATA.create_all(connection)
    with file_store.read() as reader, engine.connect() as plain:
        assert {name: _columns(sql) for name, sql in _shape(reader).items()} == {
            name: _columns(sql) for name, sql in _shape(plain).items()
        }
    engine.dispose()


def _columns(sql: str) -> list[str]:
    """The parts of a definition; the order in which constraints are written means nothing."""
    return sorted(part.strip(" ()") for part in sql.replace("(", ",", 1).split(", "))


def test_down_and_up_through_every_revision_with_data_in_every_table(store: Store) -> None:
    script = ScriptDirectory.from_config(migrate.config(None))
    older = [each.revision for each in script.walk_revisions()][1:]
    with store.write() as transaction:
        for table in tables.METADATA.sorted_tables:
            transaction.execute(insert(table).values({column.name: _value(column) for column in table.columns}))
        before = _content(transaction)
        for revision in older:
            command.downgrade(migrate.config(transaction), revision)
            found = _content(transaction)
            assert found == {name: {key: before[name][key] for key in row} for name, row in found.items()}
        migrate.upgrade(transaction, store.place)
        oldest, after = found, _content(transaction)
        assert after.keys() == before.keys()
        assert {name: {key: after[name][key] for key in row} for name, row in oldest.items()} == oldest
        command.downgrade(migrate.config(transaction), "base")
        assert set(inspect(transaction).get_table_names()) == {"alembic_version"}
        migrate.upgrade(transaction, store.place)
        assert all(row == {} for row in _content(transaction).values())


def _value(column: Column[Any]) -> Any:
    """The same for every column of a kind, so that what refers to something finds it."""
    if isinstance(column.type, (Instant, Json, LargeBinary)):
        return NOW if isinstance(column.type, Instant) else {"a": ["b"]} if isinstance(column.type, Json) else b"\0"
    return {int: 1, bool: True}.get(column.type.python_type, "x")


def _content(connection: Connection) -> dict[str, dict[str, Any]]:
    """The one row of each table there is, by the columns that it has."""
    inspector = inspect(connection)
    found = {}
    for name in set(inspector.get_table_names()) - {"alembic_version"}:
        there = [column["name"] for column in inspector.get_columns(name)]
        row = connection.execute(select(*(tables.METADATA.tables[name].c[each] for each in there))).one_or_none()
        found[name] = {} if row is None else dict(row._mapping)
    return found


def test_an_older_database_is_brought_up_to_date_beside_an_older_program_and_keeps_its_data(
    store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as transaction:
        events.add(transaction, event())
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    (folder / "versions" / "9999_next.py").write_text(_next())
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with closing(Store.open(store_url)) as newer, newer.read() as reader:
        assert "note" in [column["name"] for column in inspect(reader).get_columns("keys")]
        assert reader.scalar(select(tables.events.c.id)) == "e-1"
    with store.write() as transaction:  # the older one goes on
        events.add(transaction, event("e-2"))
    monkeypatch.undo()
    with pytest.raises(StoreError, match="was written by a newer careengine; install that version again"):
        Store.open(store_url)


def test_a_migration_that_fails_changes_nothing(
    store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    broken = _next().replace("sa.Text))", "sa.Text))\n    op.execute('NO SUCH STATEMENT')")
    (folder / "versions" / "9999_next.py").write_text(broken)
    head = migrate.newest()
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with store.read() as reader:
        before = inspect(reader).get_columns("keys")
    with pytest.raises(StoreError):
        Store.open(store_url)
    with store.read() as reader:
        assert [each["name"] for each in inspect(reader).get_columns("keys")] == [each["name"] for each in before]
        assert migrate.revision(reader) == head
