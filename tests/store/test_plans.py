"""What is asked often is answered from an index, so that it stays quick when the tables grow: what databases plan."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import text

from careengine.store import (
    Store,
    decisions,
    events,
    history,
    inbox,
    outbox,
    people,
    queues,
    restrictions,
    tasks,
    timers,
)
from tests.store.shelf import NOW, action, decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from tests.postgres import Cluster

YEARS = timedelta(days=9000)

EMPTY = {"erased", "identities", "merges", "restrictions", "overrides", "clocks"}  # here: no index is worth reading


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
        (
            lambda tx: history.acted_on_case(tx, "acme", "p-1", "demo", "T-1", NOW, NOW),
            "history USING INDEX ix_history_case (tenant=? AND source=? AND case=? AND policy=? AND at>? AND at<?)",
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


MANY = """
INSERT INTO rulesets VALUES ('acme', 'r', 0, '[]');
INSERT INTO events (tenant, source, id, type, customer, occurred_at, recorded_at, digest, document)
    SELECT 'acme', 'demo', 'e-' || n, 'case.updated', 'C-' || n % 500, n, n, '', '{}' FROM generate_series(1, 20000) n;
INSERT INTO decisions (tenant, id, event, ruleset, as_of, recorded_at, facts, decision)
    SELECT 'acme', 'd-' || seq, seq, 'r', seq, seq, '{}', '{}' FROM events;
INSERT INTO matches SELECT 'acme', id, 'p-1', 'recovery' FROM decisions;
INSERT INTO actions (tenant, id, decision, type, status, adapter, target, action, state, attempts, due_at, changed_at,
        reason, claimed_by)
    SELECT 'acme', 'a-' || seq, id, 'note', 'execute', 'demo', 'case:' || seq % 900, :action,
        CASE WHEN seq % 2000 = 0 THEN 'due' WHEN seq % 2000 = 1 THEN 'sending' WHEN seq % 2000 = 2 THEN 'parked'
            ELSE 'done' END, 0, 0, 0, '', 7 FROM decisions;
INSERT INTO tasks (tenant, id, kind, state, event, customer, source, target, role, policy, opened_at, changed_at,
        document)
    SELECT 'acme', 't-' || seq, 'approval', CASE WHEN seq % 2000 = 0 THEN 'open' ELSE 'approved' END, seq, customer,
        'demo', '', 'team-lead', 'p-1', 0, 0, '{}' FROM events;
INSERT INTO history (tenant, customer, at, event, n, kind, ref, status)
    SELECT 'acme', customer, seq, seq, n, 'offers', '', '' FROM events, generate_series(1, 3) n;
INSERT INTO inbox (tenant, adapter, delivery, method, url, state, attempts, due_at, received_at, changed_at, reason,
        claimed_by)
    SELECT 'acme', 'demo', n, 'POST', '', CASE WHEN n % 2000 = 0 THEN 'due' ELSE 'done' END, 0, 0, 0, 0, '',
        CASE WHEN n = 2000 THEN 7 END FROM generate_series(1, 20000) n;
INSERT INTO timers (tenant, id, due_at, try_at, attempts, event, document)
    SELECT 'acme', 't-' || seq, seq, seq, CASE WHEN seq % 2000 = 0 THEN 1 ELSE 0 END, seq, '{}' FROM events;
INSERT INTO clocks (tenant, policy, source, subject, state, event, started_at, document)
    SELECT 'acme', 'p-1', 'demo', 'case:' || seq, 'running', seq, seq, '{}' FROM events;
INSERT INTO restrictions (tenant, id, customer, event, opened_at, changed_at, standing, document)
    SELECT 'acme', 'a-' || seq, customer, seq, seq, seq, '{}', '{}' FROM events;
ANALYZE;
"""
ACTION = orjson.dumps(decision("d-1", "recovery", action()).to_json()["actions"][0]).decode()


@pytest.fixture(scope="module")
def grown(cluster: Cluster) -> Iterator[Store]:
    """A store on a server, with thousands of everything, of which little is unfinished."""
    with cluster.database() as url, closing(Store.open(url)) as store:
        with store.write() as transaction:
            for statement in MANY.split(";\n")[:-1]:
                transaction.execute(text(statement), {"action": ACTION})
        yield store


@pytest.mark.parametrize(
    ("ask", "uses"),
    [
        (lambda tx: events.answered(tx, "acme", "demo", "e-1"), "uq_events"),
        (lambda tx: events.known(tx, "acme", "demo", "e-1"), "uq_events"),
        (lambda tx: events.met(tx, "acme", "demo", "C-1"), "ix_events_customer"),
        (lambda tx: history.entries(tx, "acme", "C-1", NOW, {"offers": NOW - YEARS}), "pk_history"),
        (lambda tx: outbox.claim(tx, "acme", "demo", NOW), "ix_actions_due"),
        (lambda tx: outbox.claimants(tx, "acme"), "ix_actions_s"),  # state or sending
        (lambda tx: outbox.recover(tx, "acme", NOW, {7}), "ix_actions_s"),
        (lambda tx: outbox.in_state(tx, "acme", "parked"), "ix_actions_state"),
        (lambda tx: inbox.claim(tx, "acme", "demo", NOW), "ix_inbox_state"),
        (lambda tx: inbox.claimants(tx, "acme"), "ix_inbox_claimed"),
        (lambda tx: decisions.page(tx, "acme", after="d-9000", kind="recovery"), "Index Scan Backward"),
        (lambda tx: queues.depths(tx, "acme"), "ix_actions_state"),
        (lambda tx: people.of_person(tx, "acme", "C-1"), "ix_decisions_event"),
        (lambda tx: timers.due(tx, "acme", NOW), "ix_timers_due"),
        (lambda tx: timers.next_at(tx, "acme"), "ix_timers_due"),
        (lambda tx: timers.waiting(tx, "acme"), "ix_timers_failed"),
        (lambda tx: tasks.page(tx, "acme", kind="approval"), "ix_tasks_state"),
        (lambda tx: tasks.of_event(tx, "acme", 7), "ix_tasks_event"),
        (lambda tx: tasks.about(tx, "acme", "promise:demo:P-1"), "ix_tasks_subject"),
        (lambda tx: restrictions.standing_of(tx, "acme", "C-1"), "ix_restrictions_customer"),
        (lambda tx: list(tasks.waiting(tx, "acme", NOW)), "ix_tasks_state"),
    ],
)
def test_a_server_reads_little(grown: Store, ask: Callable[[Connection], object], uses: str) -> None:
    plans: list[str] = []
    with grown.write() as transaction, transaction.begin_nested() as undone:
        raw: Any = transaction.connection.dbapi_connection
        raw.execute("LOAD 'auto_explain'")
        for name, value in (("log_min_duration", "0"), ("log_level", "notice")):
            raw.execute(f"SET LOCAL auto_explain.{name} = {value}")
        raw.add_notice_handler(lambda notice: plans.append(notice.message_primary))
        ask(transaction)
        undone.rollback()
    plan = "\n".join(plans)
    assert uses in plan
    assert not set(re.findall(r"Seq Scan on (\w+)", plan)) - EMPTY
