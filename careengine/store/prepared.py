"""Statements that every event needs: compiled once, then run on the driver itself.

SQLAlchemy takes a tenth of a millisecond for each statement that it runs, several times what the database takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect
    from sqlalchemy.types import TypeEngine

    Change = Callable[[Any], Any] | None
    Changes = Sequence[tuple[int, Callable[[Any], Any]]]


@dataclass(slots=True)
class Prepared:
    """A statement of SQLAlchemy Core. `columns` are those that an insert fills, in any order.

    Values go in and come out as the columns' types have them; one that is left out is a KeyError. What the database
    reports is the driver's own error.
    """

    statement: Any
    columns: Sequence[str] | None = None
    _forms: dict[str, _Form] = field(default_factory=dict)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it and give all rows."""
        form, cursor = self._form(connection), _cursor(connection)
        try:
            cursor.execute(form.text, form.bind(values))
            return form.typed(cursor.fetchall())
        finally:
            cursor.close()

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Run it and give the first value of the first row; None without a row."""
        rows = self.rows(connection, values)
        return rows[0][0] if rows else None

    def run(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of the values."""
        form, cursor = self._form(connection), _cursor(connection)
        try:
            cursor.executemany(form.text, [form.bind(each) for each in values])
        finally:
            cursor.close()

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it once and give how many rows it changed."""
        form, cursor = self._form(connection), _cursor(connection)
        try:
            cursor.execute(form.text, form.bind(values))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _form(self, connection: Connection) -> _Form:
        dialect = connection.dialect
        found = self._forms.get(dialect.name)
        if found is None:
            found = self._forms[dialect.name] = _form(self.statement, self.columns, dialect)
        return found


def _cursor(connection: Connection) -> Any:
    if not connection.in_transaction():  # what runs past SQLAlchemy does not make it begin by itself
        connection.begin()
    return connection.connection.cursor()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A statement as one kind of database takes it: its text, its parameters, and how values change on the way."""

    text: str
    names: Sequence[str]
    pick: Callable[[Mapping[str, Any]], Sequence[Any]]  # the values of those names, in their order
    given: Mapping[str, Any]  # what stands in the statement itself
    by_name: bool
    inward: Changes
    outward: Changes

    def bind(self, values: Mapping[str, Any]) -> Any:
        bound = list(self.pick({**self.given, **values} if self.given else values))
        for place, change in self.inward:
            bound[place] = change(bound[place])
        return dict(zip(self.names, bound, strict=True)) if self.by_name else bound

    def typed(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if not (rows and self.outward):
            return rows
        changed = [list(row) for row in rows]
        for row in changed:
            for place, change in self.outward:
                row[place] = change(row[place])
        return [tuple(row) for row in changed]


def _form(statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> _Form:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    order = compiled.positiontup if compiled.positional else list(compiled.bind_names.values())
    return _Form(
        text=str(compiled),
        names=order,
        pick=_picking(order),
        given={name: compiled.params[name] for name in order if not compiled.binds[name].required},
        by_name=not compiled.positional,
        inward=_changes(_inward(compiled.binds[name].type, dialect) for name in order),
        outward=_changes(_outward(column.type, dialect) for column in statement.exported_columns),
    )


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


def _changes(found: Iterable[Change]) -> Changes:
    return [(place, change) for place, change in enumerate(found) if change is not None]


def _inward(kind: TypeEngine[Any], dialect: Dialect) -> Change:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _outward(kind: TypeEngine[Any], dialect: Dialect) -> Change:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
