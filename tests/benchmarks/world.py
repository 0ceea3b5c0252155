"""A seeded world to measure in: policies as documents, and events."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGUE = Catalogue.from_schema(resources.schema("interaction"))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENT = "interaction.received"

_WORDS = {
    "customer.tier": ["bronze", "silver", "gold", "platinum"],
    "customer.segment": ["consumer", "business", "public"],
    "case.category": [f"category-{n}" for n in range(30)],
    "issue.category": [f"issue-{n}" for n in range(30)],
    "failure.type": [f"failure-{n}" for n in range(25)],
    "employee.team": [f"team-{n}" for n in range(20)],
    "channel": ["email", "phone", "chat", "web", "social", "sms"],
    "failure.fault": ["company", "customer", "third_party"],
    "case.priority": ["low", "normal", "high", "urgent"],
}
_NUMBERS = {
    "failure.severity": (1, 4),
    "failure.days_late": (0, 30),
    "failure.hours_down": (0, 72),
    "case.reassignments": (0, 9),
    "case.reopens": (0, 5),
    "customer.open_cases": (0, 9),
    "survey.csat": (1, 5),
    "survey.nps": (0, 10),
    "survey.ces": (1, 7),
    "bot.unresolved_turns": (0, 6),
}
_PRODUCT, _REGION = "case.product", "customer.region"
_RULES_A_PRODUCT, _RULES_A_REGION = 6, 200  # a company with more rules has more products and regions, not broader rules
_MOST = 5  # conditions a rule


@dataclass(frozen=True, slots=True)
class World:
    """`documents` are policies, `events` are interactions as JSON."""

    documents: list[dict[str, Any]]
    events: list[dict[str, Any]]


def make(rules: int, events: int, seed: int = 7) -> World:
    """A world of so many rules and events: 36 fields, 2 to 5 conditions a rule, 1 to 2 matches an event."""
    rng = random.Random(seed)
    products = [f"product-{n}" for n in range(max(2, rules // _RULES_A_PRODUCT))]
    regions = [f"region-{n}" for n in range(max(40, rules // _RULES_A_REGION))]
    words = {**_WORDS, _PRODUCT: products, _REGION: regions}
    made = [_event(rng, number, words) for number in range(events)]
    return World([_policy(rng, number, words) for number in range(rules)], made)


def _event(rng: random.Random, number: int, words: Mapping[str, list[str]]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": f"e-{number}",
        "source": "bench",
        "type": EVENT,
        "occurred_at": (START + timedelta(seconds=number)).isoformat(),
        "direction": "inbound",
        "customer": {"id": f"C-{rng.randrange(500)}", "vulnerability": [], "lifetime_value": "100.00 GBP"},
        "case": {"id": f"T-{number}", "status": "open", "within_target": True, "tags": ["a", "b"]},
        "issue": {"id": f"i-{rng.randrange(900)}"},
        "order": {"id": f"o-{number}", "total": "49.90 GBP"},
        "employee": {"id": f"E-{rng.randrange(40)}", "role": "agent"},
    }
    for path, values in words.items():
        _put(document, path, rng.choice(values))
    for path, (low, high) in _NUMBERS.items():
        _put(document, path, rng.randint(low, high))
    return document


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[leaf] = value


def _policy(rng: random.Random, number: int, words: Mapping[str, list[str]]) -> dict[str, Any]:
    named: tuple[str, ...] = (_PRODUCT,)
    if number % 10 == 0:  # one in ten is about regions and teams, whatever the product
        named = (_REGION, "employee.team")
    tests: list[dict[str, Any]] = [{"field": path, "is": rng.choice(words[path])} for path in named]
    if rng.randint(0, 1):
        path = rng.choice(sorted(_WORDS.keys() - set(named)))
        tests.append({"field": path, rng.choice(("is", "is_not")): rng.choice(words[path])})
    for path in rng.sample(sorted(_NUMBERS), rng.randint(1, min(3, _MOST - len(tests)))):
        low, high = _NUMBERS[path]
        tests.append({"field": path, rng.choice(("at_least", "at_most")): rng.randint(low, high)})
    return _document(number, tests)


def thresholds(rules: int, seed: int = 7) -> list[dict[str, Any]]:
    """Policies that only compare numbers, each near an end of its scale: no value leads to any of them."""
    rng = random.Random(seed)
    return [_document(number, [_far(rng, path) for path in _some(rng)]) for number in range(rules)]


def _some(rng: random.Random) -> list[str]:
    return rng.sample(sorted(_NUMBERS), rng.randint(2, _MOST))


def _far(rng: random.Random, path: str) -> dict[str, Any]:
    low, high = _NUMBERS[path]
    step = rng.randint(0, (high - low) // 5)
    return {"field": path, "at_least": high - step} if rng.randint(0, 1) else {"field": path, "at_most": low + step}


def _document(number: int, tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"p-{number}",
        "kind": "escalation",
        "title": f"Measured policy {number}",
        "owner": "care-operations",
        "status": "live",
        "rationale": "It exists to be measured.",
        "events": [EVENT],
        "when": {"all": tests},
        "escalate": {"to": "tier-2", "level": 1 + number % 3},
    }
