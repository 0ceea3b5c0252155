from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from careengine.model.condition import OPERATORS, AllOf, AnyOf, Condition, FieldTest, HistoryTest, Not
from careengine.model.value import Moment, Money
from careengine.policy.operand import FITTING

if TYPE_CHECKING:
    from tests.policy.bench import Bench

HUMAN = "{field: bot.human_requested, is: true}"


def condition(bench: Bench, text: str) -> Condition:
    return bench.load(bench.policy(HUMAN, text, "escalation")).when


def operand(bench: Bench, test: str) -> object:
    found = condition(bench, f"{{{test}}}")
    assert isinstance(found, (FieldTest, HistoryTest))
    return found.operand


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ("field: customer.tier, is: gold", "gold"),
        ("field: customer.tier, is: NO", "NO"),
        ("field: customer.tier, in: [gold, '10']", ("gold", "10")),
        ("field: customer.tier, starts_with: go", "go"),
        ("field: case.subject, matches: '(?i)refund'", "(?i)refund"),
        ("field: case.tags, contains: vip", "vip"),
        ("field: case.tags, contains_all: [vip, press]", ("vip", "press")),
        ("field: failure.fault, not_in: [customer, unknown]", ("customer", "unknown")),
        ("field: failure.days_late, more_than: 2.5", 2.5),
        ("field: failure.days_late, between: [2, 5]", (2, 5)),
        ("field: customer.open_cases, at_least: 3.0", 3),
        ("field: failure.safety, is_not: false", False),
        ("field: failure.safety, present: true", True),
        ("field: order.total, at_least: 25.00 GBP", pounds("25.00")),
        ("field: order.total, between: [1.00 GBP, 9.00 GBP]", (pounds("1.00"), pounds("9.00"))),
        ("field: customer.since, before: 2026-01-01", Moment(fixed=datetime(2026, 1, 1, tzinfo=UTC))),
        ("field: customer.since, after: now-2d", Moment(shift=-timedelta(days=2))),
        ("field: signals.demo.tone, more_than: 3", 3),
        ("field: signals.demo.tone, is: angry", "angry"),
        ("field: signals.demo.tone, in: [1, 2.5]", (1, 2.5)),
        ("count: interactions, at_least: 2", 2),
        ("count: interactions, between: [2, 5]", (2, 5)),
        ("count: interactions, is: 2.0", 2),
        ("sum: offers, more_than: 250.00 GBP", pounds("250.00")),
        ("sum: offers, between: [1.00 GBP, 2.00 GBP]", (pounds("1.00"), pounds("2.00"))),
    ],
)
def test_operands_have_the_type_of_the_field(bench: Bench, test: str, wanted: object) -> None:
    found = operand(bench, test)
    assert found == wanted
    assert type(found) is type(wanted)


def test_history_keeps_every_filter(bench: Bench) -> None:
    text = (
        "{count: offers, within: 2w, same: employee, distinct_gap: PT30M, direction: outbound, channel: email,"
        " family: goodwill, category: late, status: accepted, severity_at_least: 3, at_least: 2}"
    )
    found = condition(bench, text)
    assert isinstance(found, HistoryTest)
    query = found.query
    assert (query.function, query.kind, query.within) == ("count", "offers", timedelta(weeks=2))
    assert (query.same, query.distinct_gap, query.direction) == ("employee", timedelta(minutes=30), "outbound")
    assert (query.channel, query.family, query.category) == ("email", "goodwill", "late")
    assert (query.status, query.severity_at_least, query.policy) == ("accepted", 3, None)


def test_a_weight_is_compared_with_any_number(bench: Bench) -> None:
    found = condition(bench, "{count: incidents, half_life: 90d, within: 365d, at_least: 1.5}")
    assert isinstance(found, HistoryTest)
    assert (found.query.half_life, found.operand) == (timedelta(days=90), 1.5)
    found = condition(bench, "{count: incidents, distinct: case, at_least: 2}")
    assert isinstance(found, HistoryTest)
    assert found.query.distinct == "case"


def test_groups_nest_and_keep_their_pointers(bench: Bench) -> None:
    found = condition(bench, f"{{all: [{HUMAN}, {{any: [{HUMAN}, {{not: {HUMAN}}}]}}]}}")
    assert isinstance(found, AllOf)
    inner = found.items[1]
    assert isinstance(inner, AnyOf)
    negated = inner.items[1]
    assert isinstance(negated, Not)
    assert isinstance(negated.item, FieldTest)
    pointers = (found.pointer, inner.pointer, negated.pointer, negated.item.pointer)
    assert pointers == ("/when/all", "/when/all/1/any", "/when/all/1/any/1/not", "/when/all/1/any/1/not")


LISTS = {"in": "[a]", "not_in": "[a]", "between": "[1, 2]", "contains_any": "[a]", "contains_all": "[a]"}
GOOD = {
    "before": "now",
    "after": "now",
    "present": "true",
    **LISTS,
    "contains": "a",
    "starts_with": "a",
    "matches": "a",
}
FIELDS = {
    "text": "customer.tier",
    "category": "failure.fault",
    "number": "failure.days_late",
    "integer": "customer.open_cases",
    "money": "order.total",
    "boolean": "failure.safety",
    "instant": "customer.since",
    "tags": "case.tags",
    "signal": "signals.demo.tone",
}


def good_operand(kind: str, operator: str) -> str:
    """An operand of the operator for that kind of field, or one that is good elsewhere."""
    plain = {"money": "1.00 GBP", "text": "a", "category": "company", "boolean": "true"}.get(kind, "1")
    if operator in ("is", "is_not"):
        return plain
    if operator in ("in", "not_in"):
        return f"[{plain}]" if kind != "boolean" else "[1]"
    if operator == "between" and kind == "money":
        return "[1.00 GBP, 2.00 GBP]"
    return GOOD.get(operator) or (plain if kind == "money" else "1")


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_fit_the_types_they_are_for_and_no_others(bench: Bench, kind: str, operator: str) -> None:
    text = f"{{field: {FIELDS[kind]}, {operator}: {good_operand(kind, operator)}}}"
    path = bench.policy(HUMAN, text, "escalation")
    problems = bench.check(path)
    if operator in FITTING[kind]:
        assert [problem for problem in problems if problem.code != "CE701"] == []  # no fault starts with an `a`
        assert isinstance(bench.load(path).when, FieldTest)
    else:
        (problem,) = problems
        assert problem.code == "CE303"
        assert all(f"`{fitting}`" in problem.suggestion for fitting in FITTING[kind])


@pytest.mark.parametrize(
    ("tests", "excluded"),
    [
        (["customer.tier, is: gold", "customer.tier, is: silver"], True),
        (["customer.tier, is: gold", "customer.tier, in: [gold, silver]"], False),
        (["customer.tier, is: gold", "customer.tier, is_not: gold"], True),
        (["customer.tier, in: [gold, silver]", "customer.tier, not_in: [gold]"], False),
        (["failure.days_late, at_least: 3", "failure.days_late, less_than: 2"], True),
        (["failure.days_late, at_least: 3", "failure.days_late, at_most: 3"], False),
        (["failure.days_late, between: [1, 4]", "failure.days_late, is: 5"], True),
        (["failure.days_late, between: [1, 4]", "failure.days_late, is: 2"], False),
        (["failure.safety, is: true", "failure.safety, is: false"], True),
        (["case.tags, contains: a", "case.tags, contains: b"], False),
        (["customer.tier, is: gold", "customer.region, is: silver"], False),
        (["order.total, at_least: 9.00 GBP", "order.total, less_than: 2.00 EUR"], False),
        (["signals.demo.tone, is: 1", "signals.demo.tone, is: 2"], False),
    ],
)
def test_only_tests_that_exclude_each_other_are_warned_of(bench: Bench, tests: list[str], excluded: object) -> None:
    items = ", ".join(f"{{field: {test}}}" for test in tests)
    problems = bench.check(bench.policy(HUMAN, f"{{all: [{items}]}}", "escalation"))
    # What is left to the analysis of the whole set is told in test_analysis.
    assert [problem.code for problem in problems if problem.code < "CE7"] == (["CE504"] if excluded else [])
    # Either of them may be true; both together may even be true of everything.
    either = bench.check(bench.policy(HUMAN, f"{{any: [{items}]}}", "escalation"))
    assert [problem for problem in either if problem.code != "CE702"] == []
