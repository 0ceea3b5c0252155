"""What a large decision table costs when an event meets one row of it."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from careengine.decide import decide
from careengine.model.facts import EntryHistory, Facts
from careengine.policy.loader import build_set
from tests.benchmarks.measure import Work, alternate
from tests.benchmarks.world import CATALOGUE, START

if TYPE_CHECKING:
    from careengine.model.value import Value

_ROWS = 498


def table_seconds(hit: str, rows: int = _ROWS) -> float:
    """Seconds to decide an event for which the last of so many rows holds; reasons are not read."""
    policies = build_set([_document(hit, rows)], CATALOGUE)
    fields: dict[str, Value] = {"id": "e", "source": "bench", "type": "interaction.received", "customer.tier": "gold"}
    event: dict[str, Value] = {**fields, "failure.days_late": rows}

    def work(_: Any) -> object:
        return decide(Facts(fields=event, as_of=START, history=EntryHistory()), policies)

    assert len(decide(Facts(fields=event, as_of=START, history=EntryHistory()), policies).matched) == 1
    return statistics.median(alternate([Work(work, [None], 20)])[0])


def _document(hit: str, rows: int) -> dict[str, Any]:
    return {
        "id": "large-table",
        "kind": "escalation",
        "title": "A large table",
        "owner": "care-operations",
        "status": "live",
        "priority": 50,
        "rationale": "To see what it costs.",
        "events": ["interaction.received"],
        "table": {
            "hit_policy": hit,
            "inputs": ["customer.tier", "failure.days_late"],
            "outputs": ["escalate.level"],
            "rows": [[["gold", "silver"], number, 1 + number % 3] for number in range(1, rows + 1)],
        },
        "escalate": {"to": "tier-2"},
    }
