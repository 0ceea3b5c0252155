"""The short form of the figure: many rows, one customer's read by their key, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.pipeline.needs import Needs
from careengine.store import history
from tests.reliability.history_at_scale import ROWS_A_CUSTOMER, ask, fill, rules
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from careengine.store import Store

ROWS = 30_000


def test_eight_facts_of_one_customer_are_read_without_looking_at_the_others(store: Store) -> None:
    customers = fill(store, ROWS)
    figures = ask(store, customers, 200)
    assert (figures.rows, customers) == (ROWS, ROWS // ROWS_A_CUSTOMER)
    assert figures.quiet < 10  # milliseconds; looking at all rows takes longer on any machine
    with store.read() as reader:
        assert history.entries(reader, "acme", "C-1", NOW, Needs().since(rules(), NOW))


def test_a_server_uses_the_key_too(server_store: Store) -> None:
    fill(server_store, ROWS)
    with server_store.read() as reader:
        asked = "SELECT * FROM history WHERE tenant = 'acme' AND customer = 'C-1' AND at > 0 AND at <= 9999999999999999"
        plan = "\n".join(reader.exec_driver_sql(f"EXPLAIN {asked} ORDER BY at, event, n").scalars())
    assert "pk_history" in plan
    assert "Seq Scan" not in plan
