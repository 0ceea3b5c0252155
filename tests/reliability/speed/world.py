"""The rules and events of the full path: 50 rules of which 8 count over history, and customers who come back."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

from tests.benchmarks.world import EVENT, START, make

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN_RULES = 42
CUSTOMERS = 2000
_EVERY = timedelta(minutes=5)  # so that a customer comes back after a week, however long the load lasts
_SHAPES = 2000  # events that differ in more than id, time and customer

# Eight facts, each asked of every event; they seldom fire, as rules that count seldom do.
COUNTS: tuple[dict[str, Any], ...] = (
    {"count": "interactions", "direction": "inbound", "within": "7d", "at_least": 9},
    {"count": "interactions", "same": "issue", "within": "30d", "at_least": 9},
    {"count": "interactions", "channel": "phone", "within": "2d", "at_least": 9},
    {"count": "interactions", "distinct_gap": "30m", "within": "30d", "at_least": 30},
    {"count": "escalations", "within": "7d", "at_least": 30},
    {"count": "failures", "within": "90d", "at_least": 3},
    {"count": "offers", "family": "goodwill", "within": "60d", "at_least": 1},
    {"sum": "offers", "within": "365d", "at_least": "250.00 GBP"},
)


def rules() -> list[dict[str, Any]]:
    """Fifty policies as documents."""
    documents = make(PLAIN_RULES, 1).documents
    return [*documents, *(_counting(number, test) for number, test in enumerate(COUNTS))]


def _counting(number: int, test: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"counting-{number}",
        "kind": "escalation",
        "title": f"Measured count {number}",
        "owner": "care-operations",
        "status": "live",
        "rationale": "It exists to be measured.",
        "events": [EVENT],
        "when": {"all": [{"field": "direction", "is": "inbound"}, test]},
        "escalate": {"to": "tier-2", "level": 1},
    }


def bodies() -> Iterator[bytes]:
    """Interactions as JSON without end, each with an id of its own, in the order of time."""
    shapes = [_shape(event) for event in make(PLAIN_RULES, _SHAPES).events]
    for number in count():
        before, after = shapes[number % _SHAPES]
        at = (START + number * _EVERY).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield b'{"id":"e-%d","occurred_at":"%s","customer":{"id":"C-%d",%s}%s' % (
            number,
            at.encode(),
            number * 7 % CUSTOMERS,
            before,
            after,
        )


def _shape(event: dict[str, Any]) -> tuple[bytes, bytes]:
    """What stands in the customer after the id, and what stands after the customer."""
    customer = {name: value for name, value in event["customer"].items() if name != "id"}
    rest = {name: value for name, value in event.items() if name not in ("id", "occurred_at", "customer")}
    return orjson.dumps(customer)[1:-1], b"," + orjson.dumps(rest)[1:]
