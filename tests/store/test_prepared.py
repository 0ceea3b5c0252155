"""A prepared statement gives and takes what SQLAlchemy's own way does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, func, insert, literal, null, select, union_all

from careengine.store.prepared import Prepared
from careengine.store.tables import events
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from careengine.store import Store

COLUMNS = [column.name for column in events.c if column.name != "seq"]
ADD = Prepared(insert(events).returning(events.c.seq), COLUMNS)
ALL = select(events).where(events.c.tenant == bindparam("tenant"), events.c.type == "interaction.received")


def _values(event_id: str) -> dict[str, object]:
    one = event(event_id, document={"id": event_id, "née": ["ü", None]})
    return {name: getattr(one, name) for name in COLUMNS}


def test_rows_come_back_as_on_the_other_way(store: Store) -> None:
    with store.write() as transaction:
        assert [ADD.scalar(transaction, _values(f"e-{number}")) for number in range(3)] == [1, 2, 3]
        Prepared(insert(events), COLUMNS).run(transaction, [_values(f"f-{number}") for number in range(3)])
    with store.read() as reader:
        rows = Prepared(ALL).rows(reader, {"tenant": "acme"})
        assert rows == [tuple(row) for row in reader.execute(ALL, {"tenant": "acme"})]
    assert [row[3] for row in rows] == ["e-0", "e-1", "e-2", "f-0", "f-1", "f-2"]
    assert (rows[0][6], rows[0][9]) == (NOW, {"id": "e-0", "née": ["ü", None]})


def test_nothing_found_is_nothing(store: Store) -> None:
    with store.read() as reader:
        assert Prepared(ALL).rows(reader, {"tenant": "acme"}) == []
        assert Prepared(ALL).scalar(reader, {"tenant": "acme"}) is None


def test_values_in_the_statement_itself_stay(store: Store) -> None:
    both = Prepared(union_all(select(literal("x"), null()), select(bindparam("y"), literal(2))))
    with store.read() as reader:
        assert both.rows(reader, {"y": "y"}) == [("x", None), ("y", 2)]


def test_a_value_that_is_left_out_is_no_value(store: Store) -> None:
    with pytest.raises(KeyError, match="digest"), store.write() as transaction:
        ADD.scalar(transaction, {name: value for name, value in _values("e-1").items() if name != "digest"})


def test_a_reader_sees_one_state_from_its_first_statement_on(store: Store) -> None:
    count = Prepared(select(func.count()).select_from(events))
    with store.read() as reader:
        assert count.scalar(reader, {}) == 0
        with store.write() as transaction:
            ADD.scalar(transaction, _values("e-1"))
        assert count.scalar(reader, {}) == 0
    with store.read() as reader:
        assert count.scalar(reader, {}) == 1
