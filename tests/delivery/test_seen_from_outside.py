"""Each call to a CRM leaves a figure, a span and a log line with the decision's id, whatever came of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from careengine.errors import Rejected, Retryable
from careengine.model.adapter import Receipt
from careengine.telemetry import metrics
from tests.delivery.crm import Clock, Crm, delivery, put
from tests.telemetry.conftest import exporter  # noqa: F401  a fixture

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from careengine.store import Store

SECRET = "planted-canary"


def calls(outcome: str) -> float:
    labels = {"adapter": "demo", "outcome": outcome}
    return metrics.REGISTRY.get_sample_value("careengine_delivery_seconds_count", labels) or 0.0


def test_a_call_is_timed_by_what_came_of_it(store: Store) -> None:
    outcomes = ("again", "changed", "unchanged", "parked")
    before = {outcome: calls(outcome) for outcome in outcomes}
    clock = Clock()
    crm = Crm(deque([Retryable("busy"), Receipt(outcome="changed"), Receipt(outcome="unchanged"), Rejected("no")]))
    work = delivery(store, {"demo": crm}, clock=clock)
    for action in ("a-1", "a-2", "a-3"):
        put(store, action)
        work.run_once()
        clock.forward(3600)
    work.run_once()
    assert {outcome: calls(outcome) - before[outcome] for outcome in outcomes} == dict.fromkeys(outcomes, 1)


def test_a_call_is_a_span_with_ids_only_and_its_log_line_names_the_decision(
    store: Store,
    exporter: InMemorySpanExporter,  # noqa: F811
) -> None:
    put(store, "a-1")
    with capture_logs() as lines:
        delivery(store, {"demo": Crm(deque([Rejected(SECRET)]))}).run_once()
    [span] = [one for one in exporter.get_finished_spans() if one.name == "delivery"]
    facts = dict(span.attributes or {})
    assert set(facts) == {"careengine.adapter", "careengine.decision", "careengine.action"}
    assert facts["careengine.action"] == "a-1"
    assert SECRET not in span.to_json()
    [line] = [each for each in lines if each["event"] == "parked"]
    assert line["decision"] == facts["careengine.decision"]
