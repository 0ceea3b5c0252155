"""The migrations and the tables say the same, and old data lives through them."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, select

from careengine.errors import StoreError
from careengine.store import Store, events, migrate, tables
from tests.store.shelf import event

if TYPE_CHECKING:
    from sqlalchemy import Connection

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


def test_a_fresh_database_has_exactly_the_tables_of_the_code(store: Store, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with engine.begin() as connection:
        tables.METADATA.create_all(connection)
    with store.read() as reader, engine.connect() as plain:
        assert compare_metadata(MigrationContext.configure(reader), tables.METADATA) == []
        assert {name: _columns(sql) for name, sql in _shape(reader).items()} == {
            name: _columns(sql) for name, sql in _shape(plain).items()
        }
    engine.dispose()


def _columns(sql: str) -> list[str]:
    """The parts of a definition; the order in which constraints are written means nothing."""
    return sorted(part.strip(" ()") for part in sql.replace("(", ",", 1).split(", "))


def test_down_and_up_again(store: Store) -> None:
    with store.write() as transaction:
        command.downgrade(migrate.config(transaction), "base")
        assert set(inspect(transaction).get_table_names()) == {"alembic_version"}
        migrate.upgrade(transaction, store.place)
        assert "decisions" in inspect(transaction).get_table_names()


def test_an_older_database_is_brought_up_to_date_and_keeps_its_data(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as transaction:
        events.add(transaction, event())
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    (folder / "versions" / "9999_next.py").write_text(_next())
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with closing(Store.open(f"sqlite:///{store.place}")) as newer, newer.read() as reader:
        assert "note" in [column["name"] for column in inspect(reader).get_columns("keys")]
        assert reader.scalar(select(tables.events.c.id)) == "e-1"
    monkeypatch.undo()
    with pytest.raises(StoreError, match="was written by a newer careengine; install that version again"):
        Store.open(f"sqlite:///{store.place}")


def test_a_migration_that_fails_changes_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    broken = _next().replace("sa.Text))", "sa.Text))\n    op.execute('NO SUCH STATEMENT')")
    (folder / "versions" / "9999_next.py").write_text(broken)
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    with store.read() as reader:
        before = _shape(reader)
    with pytest.raises(StoreError):
        Store.open(f"sqlite:///{store.place}")
    with store.read() as reader:
        assert _shape(reader) == before
