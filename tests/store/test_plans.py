"""What is asked often is answered from an index, so that it stays quick when the tables grow. As SQLite plans it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.store import Store, decisions, events, history, inbox, outbox
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


@pytest.mark.parametrize(
    ("ask", "uses"),
    [
        (lambda tx: events.answered(tx, "acme", "demo", "e-1"), "events USING INDEX sqlite_autoindex_events_1"),
        (lambda tx: events.known(tx, "acme", "demo", "e-1"), "events USING COVERING INDEX sqlite_autoindex_events_1"),
        (lambda tx: events.met(tx, "acme", "demo", "C-1"), "events USING INDEX ix_events_customer"),
        (
            lambda tx: history.entries(tx, "acme", "C-1", NOW, {"offers": NOW, "surveys": NOW}),
            "history USING PRIMARY KEY (tenant=? AND customer=? AND at>? AND at<?)",
        ),
        (lambda tx: outbox.claim(tx, "acme", "demo", NOW), "earlier USING INDEX ix_actions_unfinished"),
        (lambda tx: outbox.in_state(tx, "acme", "parked"), "actions USING INDEX ix_actions_state"),
        (lambda tx: outbox.in_state(tx, "acme", "done", after="a-1"), "actions USING INDEX ix_actions_state"),
        (lambda tx: inbox.claim(tx, "acme", "demo", NOW), "inbox USING INDEX ix_inbox_state"),
        (
            lambda tx: decisions.page(tx, "acme", after="d-1", kind="recovery"),
            "decisions USING INDEX ix_decisions_tenant",
        ),
    ],
)
def test_it_uses_its_index_and_sorts_nothing(file_store: Store, ask: Callable[[Connection], object], uses: str) -> None:
    asked: list[str] = []
    with file_store.write() as transaction:
        raw: Any = transaction.connection.dbapi_connection
        raw.set_trace_callback(asked.append)
        ask(transaction)
        raw.set_trace_callback(None)
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    assert any(uses in line for line in plan), plan
    assert not [line for line in plan if "TEMP B-TREE" in line]
    assert not [line for line in plan if line.startswith("SCAN")]
