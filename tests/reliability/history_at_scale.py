"""How long eight history facts of one customer take in a large database.

Each question is one transaction's reading: the customer's entries that the rule set can ask for, and the answers of all
eight counts over them.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from careengine.model.condition import HistoryTest
from careengine.model.history import HistoryQuery
from careengine.pipeline.needs import Needs
from careengine.store import Store, events, history
from careengine.store.columns import Instant
from tests import postgres
from tests.decide.worlds import policy, policy_set
from tests.store.shelf import NOW
from tests.store.shelf import event as shelf_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from careengine.model.policy import PolicySet

ROWS_A_CUSTOMER, YEARS = 50, 2
KINDS = ("interactions", "offers", "failures", "surveys", "transfers", "escalations", "decisions", "promises")
DAY = timedelta(days=1)
QUERIES = tuple(
    HistoryQuery(function="count", kind=kind, within=days * DAY)
    for kind, days in zip(KINDS, (7, 60, 30, 90, 30, 7, 7, 30), strict=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was asked, and how long it took, in milliseconds. `quiet` is the 99th percentile of the quietest tenth.

    On a machine that others use, a question is slow when they are at work: `idle` is the 99th percentile of some work
    that touches no database, in its quietest tenth.
    """

    rows: int
    questions: int
    median: float
    p99: float
    quiet: float
    idle: float

    def __str__(self) -> str:
        times = f"median {self.median:.3f} ms, p99 {self.p99:.3f} ms, p99 of the quietest tenth {self.quiet:.3f} ms"
        beside = f"work of {self.idle:.3f} ms beside it"
        return f"{self.rows:,} rows, {self.questions:,} questions: {times} ({beside})"


def rules() -> PolicySet:
    """Eight policies, each with a count over history."""
    tests = [HistoryTest(pointer="/when", query=query, operator="at_least", operand=3) for query in QUERIES]
    return policy_set([policy(f"p-{number}", "escalation", test, None) for number, test in enumerate(tests)])


def fill(store: Store, rows: int) -> int:
    """Write so many rows, as they come in: by time, so that a customer's lie far apart; gives the customers."""
    customers = max(1, rows // ROWS_A_CUSTOMER)
    with store.write() as transaction:
        events.add(transaction, shelf_event())
    now = Instant().process_bind_param(NOW, store.engine.dialect) or 0
    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        _put(cursor, store.engine.dialect.name, _rows(rows, customers, now))
        connection.commit()
        connection.detach()  # it ends with what was set for the filling
    with store.engine.connect() as reader:
        reader.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE history"))
    store.engine.dispose()  # with what its connections remember
    return customers


def _rows(rows: int, customers: int, now: int) -> Iterator[tuple[Any, ...]]:
    chance, microseconds = random.Random(20260302), int(365 * YEARS * DAY / timedelta(microseconds=1))
    for number in range(rows):
        at = now - (rows - number) * microseconds // rows
        customer, kind = f"C-{chance.randrange(customers)}", chance.choice(KINDS)
        yield "acme", customer, at, number // 2 + 1, number % 2, kind, f"r-{number}", "", f"i-{number % 7}"


def _put(cursor: Any, kind: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Without looking for the events, without waiting for the disk, and with room: else it would take hours."""
    columns = "tenant, customer, at, event, n, kind, ref, status, issue"
    if kind == "sqlite":
        for setting in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -3000000"):  # in KiB
            cursor.execute(f"PRAGMA {setting}")
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(f"INSERT INTO history ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        cursor.execute("COMMIT")
        return
    cursor.execute("SET session_replication_role = replica")
    with cursor.copy(f"COPY history ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def ask(store: Store, customers: int, questions: int) -> Figures:
    """Ask about customers by chance, after some that warm up."""
    chance, needs, policies = random.Random(7), Needs(), rules()
    for _ in range(200):
        _answers(store, chance.randrange(customers), needs, policies)
    took = [_answers(store, chance.randrange(customers), needs, policies) for _ in range(questions)]
    idle = [_loop() for _ in range(questions)]
    with store.read() as reader:
        rows = reader.execute(text("SELECT count(*) FROM history")).scalar_one()
    median = sorted(took)[len(took) // 2]
    return Figures(
        rows=rows, questions=questions, median=median, p99=_p99(took), quiet=_quietest(took), idle=_quietest(idle)
    )


def _quietest(took: Sequence[float]) -> float:
    size = max(1, len(took) // 10)
    return min(_p99(took[start : start + size]) for start in range(0, len(took) - size + 1, size))


def _p99(took: Sequence[float]) -> float:
    return sorted(took)[len(took) * 99 // 100]


def _loop() -> float:
    """The milliseconds of some work that touches no database: what the machine itself adds."""
    begun = perf_counter()
    sum(range(8_000))
    return (perf_counter() - begun) * 1000


def _answers(store: Store, customer: int, needs: Needs, policies: PolicySet) -> float:
    """The milliseconds for all eight."""
    with store.read() as reader:
        reader.execute(text("SELECT 1"))  # the transaction is open, as in the pipeline
        begun = perf_counter()
        found = history.entries(reader, "acme", f"C-{customer}", NOW, needs.since(policies, NOW))
        for query in QUERIES:
            query.answer(found, {}, NOW)
        return (perf_counter() - begun) * 1000


@contextmanager
def empty(folder: Path) -> Iterator[dict[str, Store]]:
    """An empty store of each kind that there is here, by the name of its database."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder / 'care.db'}"}
        if postgres.programs() is not None:
            cluster = stack.enter_context(postgres.cluster())
            urls["PostgreSQL"] = stack.enter_context(cluster.database())
        stores = {name: Store.open(url, statement_timeout=3600) for name, url in urls.items()}
        for store in stores.values():
            stack.enter_context(closing(store))
        yield stores
