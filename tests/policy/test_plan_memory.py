"""A plan takes memory in proportion to the rules, whatever they ask: eight times the rules, eight times the memory."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.condition import AllOf, AnyOf, Condition, FieldTest
from careengine.model.facts import EntryHistory, Facts
from careengine.model.policy import Escalation, Policy
from careengine.policy.compile import compile_plan
from careengine.policy.fields import site_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUE = site_catalogue(None).catalogue
EVENT = "interaction.received"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FEW, MANY = 1_000, 8_000
SLACK = 1.5  # tables of hashes grow in steps, and other threads of the tests take memory too


def asks(path: str, operator: str, operand: Any) -> FieldTest:
    field = CATALOGUE.get(path)
    assert field is not None
    return FieldTest(pointer="/when", field=field, operator=operator, operand=operand)


def every(*items: Condition) -> Condition:
    return AllOf(pointer="/when", items=items)


def some(*items: Condition) -> Condition:
    return AnyOf(pointer="/when", items=items)


def product(number: int) -> FieldTest:
    return asks("order.product", "is", f"p{number % 100}")


def nested(number: int) -> Condition:
    tiers = (every(asks("failure.type", "is", f"v{number}"), asks("customer.tier", "is", f"g{n}")) for n in range(3))
    return every(asks("channel", "is", "email"), some(*tiers, asks("failure.days_late", "at_least", number)))


# What rule n asks. In each shape the rules are of one size, however many there are.
SHAPES: dict[str, Callable[[int], Condition]] = {
    "a word of its own": lambda n: asks("failure.type", "is", f"v{n}"),
    "one of few words": lambda n: every(asks("failure.type", "is", f"v{n % 50}"), asks("channel", "in", ("email",))),
    "a wide list": lambda n: asks("order.product", "in", tuple(f"p{(n * 7 + i) % 2000}" for i in range(10))),
    "a wide list of its own": lambda n: asks("order.product", "in", tuple(f"p{n}-{i}" for i in range(10))),
    "not a word of its own": lambda n: asks("order.product", "is_not", f"p{n}"),
    "none of a list of its own": lambda n: asks("order.product", "not_in", tuple(f"p{n}-{i}" for i in range(3))),
    "a threshold of its own": lambda n: asks("failure.days_late", "at_least", n),
    "a range of its own": lambda n: asks("failure.days_late", "between", (n, n + 3)),
    "a number of its own": lambda n: asks("failure.days_late", "is", n),
    "not a number of its own": lambda n: asks("failure.days_late", "is_not", n),
    "a list of numbers": lambda n: asks("failure.days_late", "in", (n, n + 1, n + 2)),
    "one of few thresholds": lambda n: asks("failure.days_late", "at_least", n % 30),
    "a tag of its own": lambda n: asks("case.tags", "contains", f"t{n}"),
    "many tags": lambda n: asks("case.tags", "contains_any", tuple(f"t{n}-{i}" for i in range(3))),
    "nested any": nested,
    "a product, a threshold of its own": lambda n: every(product(n), asks("failure.days_late", "at_least", n)),
}


def rule(number: int, when: Condition) -> Policy:
    return Policy(
        id=f"p-{number:05}",
        kind="escalation",
        title="A rule",
        owner="care",
        status="live",
        priority=50,
        rationale="Measured only.",
        events=frozenset((EVENT,)),
        when=when,
        unless=None,
        outcome=Escalation(to="care", level=1),
        document={},
    )


def facts(number: int) -> Facts:
    fields: dict[str, Any] = {
        "id": "e-1",
        "source": "test",
        "type": EVENT,
        "occurred_at": NOW,
        "channel": "email",
        "failure.type": f"v{number}",
        "order.product": f"p{number}",
        "failure.days_late": number,
        "case.tags": (f"t{number}",),
        "customer.tier": "g1",
    }
    return Facts(fields=fields, as_of=NOW, history=EntryHistory())


def octets_a_rule(shape: str, size: int) -> float:
    """The most memory, in bytes a rule, that compiling the rules and asking them a few times takes."""
    rules = [rule(number, SHAPES[shape](number)) for number in range(size)]
    gc.collect()
    tracemalloc.start()
    try:
        plan = compile_plan(rules)
        for number in range(3):  # what is built when the first event comes
            plan.match(facts(number))
        return tracemalloc.get_traced_memory()[1] / size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
def test_memory_a_rule_does_not_grow_with_the_number_of_rules(shape: str) -> None:
    few, many = octets_a_rule(shape, FEW), octets_a_rule(shape, MANY)
    assert many < SLACK * few, f"{few:.0f} bytes a rule became {many:.0f}"


WIDE = {
    "order.product": (200, 30),
    "customer.region": (60, 20),
    "customer.tier": (40, 10),
}  # values, how many a rule lists
A_VALUE = 200  # bytes that a plan may take for each value that a rule lists


def test_memory_does_not_grow_with_the_combinations_of_values_that_events_bring() -> None:
    rng, size = Random(1), 500
    lists = [{path: tuple(rng.sample(range(known), wide)) for path, (known, wide) in WIDE.items()} for _ in range(size)]
    texts = [{path: tuple(f"v{value}" for value in named) for path, named in one.items()} for one in lists]
    rules = [rule(n, every(*(asks(path, "in", named) for path, named in one.items()))) for n, one in enumerate(texts)]
    gc.collect()
    tracemalloc.start()
    try:
        plan = compile_plan(rules)
        for _ in range(1_000):
            values = {path: f"v{rng.randrange(known)}" for path, (known, _) in WIDE.items()}
            plan.match(Facts(fields={**facts(0).fields, **values}, as_of=NOW, history=EntryHistory()))
        kept = tracemalloc.get_traced_memory()[0] / size
    finally:
        tracemalloc.stop()
    listed = sum(wide for _, wide in WIDE.values())
    assert kept < A_VALUE * listed, f"{kept:.0f} bytes a rule"
