"""Three contacts of one customer at once, on a rule of three: it fires once, for every customer, on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import PayloadError
from careengine.store import locks, rejects
from tests.pipeline.house import THIRD_CONTACT, contact, pipeline

if TYPE_CHECKING:
    from careengine.pipeline import Pipeline
    from careengine.store import Store

CUSTOMERS, AT_ONCE = 300, 3


def race(line: Pipeline, customers: int) -> Counter[int]:
    """How many customers the rule fired for how often."""
    fired: Counter[int] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for customer in range(customers):
            barrier = Barrier(AT_ONCE)

            def send(number: int, customer: int = customer, barrier: Barrier = barrier) -> dict[str, Any]:
                document = contact(f"e-{customer}-{number}", customer={"id": f"C-{customer}"})
                barrier.wait(30)
                return line.handle(document, "acme").decision

            made = list(threads.map(send, range(AT_ONCE)))
            fired[sum(bool(decision["matched"]) for decision in made)] += 1
    return fired


def test_none_is_missed_and_none_is_doubled(store: Store) -> None:
    assert race(pipeline(store, [THIRD_CONTACT]), CUSTOMERS) == {1: CUSTOMERS}


def test_the_first_refused_events_are_all_counted(store: Store) -> None:
    line = pipeline(store, [])
    barrier = Barrier(AT_ONCE)

    def refuse(number: int) -> None:
        barrier.wait(30)
        with pytest.raises(PayloadError):
            line.handle({"id": f"e-{number}"}, "acme")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(refuse, range(AT_ONCE)))
    with store.read() as reader:
        assert rejects.count(reader, "acme") == AT_ONCE


def test_without_the_lock_it_is_missed(server_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "hold", lambda *_: None)
    assert race(pipeline(server_store, [THIRD_CONTACT]), CUSTOMERS)[0] > 0
