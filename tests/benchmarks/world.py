"""A seeded world to measure in: policies as documents, the same policies as plain Python `if`s, and events."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.model.value import Value

CATALOGUE = Catalogue.from_schema(resources.schema("interaction"))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENT = "interaction.received"

_WORDS = {
    "customer.tier": ["bronze", "silver", "gold", "platinum"],
    "customer.region": [f"region-{n}" for n in range(40)],
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
_PRODUCT = "case.product"
_RULES_A_PRODUCT = 8  # a company with more rules has more products, regions and tiers, not broader rules
_SYMBOL = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}


@dataclass(frozen=True, slots=True)
class World:
    """`documents` are policies; `ifs` gives the ids that match, written as a programmer would with the same safety."""

    documents: list[dict[str, Any]]
    ifs: Callable[[Mapping[str, Value]], list[str]]
    events: list[dict[str, Any]]


def make(rules: int, events: int, seed: int = 7) -> World:
    """A world of so many rules and events: 36 fields, 2 to 5 conditions a rule, about one match an event."""
    rng = random.Random(seed)
    products = [f"product-{n}" for n in range(max(4, rules // _RULES_A_PRODUCT))]
    made = [_event(rng, number, products) for number in range(events)]
    documents = [_policy(rng, number, products) for number in range(rules)]
    return World(documents, _as_ifs(documents), made)


def _event(rng: random.Random, number: int, products: list[str]) -> dict[str, Any]:
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
    _put(document, _PRODUCT, rng.choice(products))
    for path, words in _WORDS.items():
        _put(document, path, rng.choice(words))
    for path, (low, high) in _NUMBERS.items():
        _put(document, path, rng.randint(low, high))
    return document


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[leaf] = value


def _policy(rng: random.Random, number: int, products: list[str]) -> dict[str, Any]:
    tests: list[dict[str, Any]] = [{"field": _PRODUCT, "is": rng.choice(products)}]
    if number % 10 == 0:  # one in ten is about regions and teams, whatever the product
        tests = [{"field": path, "is": rng.choice(_WORDS[path])} for path in ("customer.region", "employee.team")]
    for path in rng.sample(sorted(_WORDS), rng.choice((0, 0, 1))):
        tests.append({"field": path, rng.choice(("is", "is_not")): rng.choice(_WORDS[path])})
    for path in rng.sample(sorted(_NUMBERS), rng.randint(1, 2)):
        low, high = _NUMBERS[path]
        tests.append({"field": path, rng.choice(("at_least", "at_most")): rng.randint(low, high)})
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


def _as_ifs(documents: list[dict[str, Any]]) -> Callable[[Mapping[str, Value]], list[str]]:
    paths = sorted({test["field"] for document in documents for test in document["when"]["all"]})
    names = {path: path.replace(".", "_") for path in paths}
    lines = ["def matching(fields):", " hits = []"]
    lines += [f" {name} = fields.get({path!r})" for path, name in names.items()]
    for document in documents:
        asked = " and ".join(_as_if(test, names[test["field"]]) for test in document["when"]["all"])
        lines.append(f" if {asked}: hits.append({document['id']!r})")
    space: dict[str, Any] = {}
    exec("\n".join([*lines, " return hits"]), space)  # noqa: S102  our own text, made above
    found: Callable[[Mapping[str, Value]], list[str]] = space["matching"]
    return found


def _as_if(test: Mapping[str, Any], name: str) -> str:
    if "is" in test:
        return f"{name} == {test['is']!r}"
    if "is_not" in test:
        return f"type({name}) is str and {name} != {test['is_not']!r}"
    operator = next(word for word in _SYMBOL if word in test)
    return f"(type({name}) is int or type({name}) is float) and {name} {_SYMBOL[operator]} {test[operator]!r}"
