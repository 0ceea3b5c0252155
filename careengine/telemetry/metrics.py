"""Everything that is counted and timed. No label ever holds what a caller sent: a person must not be found in it.

With several workers each keeps its figures in a file of a shared folder (`PROMETHEUS_MULTIPROC_DIR`), and whichever is
asked adds them all up. A worker's files bear its number, not its process's: one that is started again counts on.
"""

from __future__ import annotations

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from careengine.model.decision import Decision

FOLDER, WORKER = "PROMETHEUS_MULTIPROC_DIR", "_CAREENGINE_WORKER"
if FOLDER in os.environ and WORKER in os.environ:
    _worker = os.environ[WORKER]
    values.ValueClass = values.MultiProcessValue(lambda: _worker)  # type: ignore[no-untyped-call]  # it has no types

REGISTRY = CollectorRegistry()
MOST_POLICIES = 300  # each is a series of its own for ever; a rule set may have 100,000
OTHERS = "(others)"

_FAST = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_ANSWER = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CALL = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

REQUESTS = Histogram(
    "careengine_request_seconds",
    "How long requests took, by the template of their address and the status answered.",
    ("method", "route", "status"),
    buckets=_ANSWER,
    registry=REGISTRY,
)
STEPS = Histogram(
    "careengine_step_seconds",
    "How long each step of an interaction took: `read` (schema and types), `decide`, `store` (its work in a "
    "transaction, deciding included) and `commit` (the end of a transaction, on the disk, which several share).",
    ("step",),
    buckets=_FAST,
    registry=REGISTRY,
)
DELIVERIES = Histogram(
    "careengine_delivery_seconds",
    "How long calls that write to a CRM took, by adapter and what came of them: `changed`, `unchanged`, `again` or "
    "`parked`.",
    ("adapter", "outcome"),
    buckets=_CALL,
    registry=REGISTRY,
)
INTERACTIONS = Counter(
    "careengine_interactions",
    "Interactions, by what became of them: `decided`, `duplicate` (known, same answer) or `refused` (not valid).",
    ("outcome",),
    registry=REGISTRY,
)
DECISIONS = Counter(
    "careengine_decisions",
    "Decisions in which a policy of this kind matched; `none` where no policy did.",
    ("kind",),
    registry=REGISTRY,
)
POLICIES = Counter(
    "careengine_policy_matches",
    f"How often each policy matched; beyond the first {MOST_POLICIES} policies all count as `{OTHERS}`.",
    ("policy",),
    registry=REGISTRY,
)
ACTIONS = Counter(
    "careengine_actions",
    "Actions that were decided, by type and status: `execute`, `await_approval`, `propose` or `shadow`.",
    ("type", "status"),
    registry=REGISTRY,
)
RELOADS = Counter(
    "careengine_rule_reloads",
    "Reloads of the rules, by outcome: `ok` or `refused`. Every worker reloads for itself.",
    ("outcome",),
    registry=REGISTRY,
)
FAILURES = Counter(
    "careengine_delivery_failures",
    "Steps of the delivery that failed for a reason of ours, such as a database that cannot be written, by adapter.",
    ("adapter",),
    registry=REGISTRY,
)
TIMERS = Counter(
    "careengine_timers",
    "Timers that were due, by what became of them: `fired`, or `failed` (tried again later).",
    ("outcome",),
    registry=REGISTRY,
)
CONNECTIONS = Gauge(
    "careengine_connections",
    "Connections that callers hold at present.",
    registry=REGISTRY,
    multiprocess_mode="sum",
)

_seen: set[str] = set()
_guard = Lock()


def counted() -> CollectorRegistry:
    """What was counted so far, by all workers."""
    if FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it adds itself
    return registry


def decided(decision: Decision) -> None:
    """Count a decision that is kept."""
    _one(INTERACTIONS, "decided").inc()
    for kind in {match.kind for match in decision.matched} or ("none",):
        _one(DECISIONS, kind).inc()
    for match in decision.matched:
        _one(POLICIES, _bounded(match.policy)).inc()
    for action in decision.actions:
        _one(ACTIONS, action.type, action.status).inc()


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Time a request that was answered."""
    _requests(method, route, status).observe(seconds)


@cache
def _requests(method: str, route: str, status: int) -> Histogram:
    return REQUESTS.labels(method, route, status)


@cache  # the library looks labels up under a lock, which takes longer than to count
def _one(counter: Counter, *labels: str) -> Counter:
    return counter.labels(*labels)


def _bounded(policy: str) -> str:
    if policy in _seen:
        return policy
    with _guard:
        if len(_seen) >= MOST_POLICIES:
            return OTHERS
        _seen.add(policy)
        return policy
