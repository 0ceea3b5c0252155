"""How the tables name their keys, and what else a database builds with one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, MetaData, event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Table

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def on_create(table: Table, statements: Mapping[str, Iterable[str]]) -> None:
    """Have these statements, by the database's dialect, run after the table is made."""
    for dialect, those in statements.items():
        for statement in those:
            built = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
            event.listen(table, "after_create", built)
