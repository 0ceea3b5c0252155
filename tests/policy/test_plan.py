"""The compiled plan answers as the plain meaning does, in every form that it takes for few and for many policies."""

from __future__ import annotations

import random
from contextlib import ExitStack
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide.logic import result_of
from careengine.model.condition import AllOf
from careengine.model.policy import Escalation
from careengine.policy import dispatch, expression, index, ordered
from careengine.policy.compile import compile_plan
from tests.decide.worlds import ENTRIES, HOSTILE_FIELDS, facts, field_test, field_tests, policies, policy, pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.condition import FieldTest
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, Verdict
    from careengine.model.value import Value

# What a plan of thousands of policies does, forced upon a few.
_FORMS: Mapping[str, Mapping[Any, Mapping[str, int]]] = {
    "asked one by one": {},
    "in portions": {expression: {"_WHOLE": 2}},
    "split": {dispatch: {"_SMALL": 0, "_TELLING": 1, "_WORTH": 1_000}},
    "weighed": {dispatch: {"_SMALL": 100, "_MANY": 0, "_PART": 1_000}},
    "weighed by short lists": {
        dispatch: {"_SMALL": 100, "_MANY": 0, "_PART": 1_000},
        index: {"_RARE": 0},
        ordered: {"_MASKS": 2},
    },
    "split, then weighed": {dispatch: {"_SMALL": 0, "_TELLING": 1, "_WORTH": 1_000, "_MANY": 0, "_PART": 1_000}},
}
_FORM = st.sampled_from(sorted(_FORMS))


def _formed(form: str) -> ExitStack:
    stack = ExitStack()
    for module, constants in _FORMS[form].items():
        for name, value in constants.items():
            stack.enter_context(patch.object(module, name, value))
    return stack


def _judged(members: Sequence[Policy], seen: Facts, form: str) -> tuple[set[str], set[str], set[str]]:
    """The ids of those that match, cannot be judged, and nearly match."""
    with _formed(form):
        plan = compile_plan(members)
        found = plan.match(seen)
        unknown, near = plan.others(seen, found, len(members))
    assert not [verdict.fault for verdict in found if verdict.fault]
    return _ids(found), _ids(unknown), _ids(near)


def _ids(verdicts: Sequence[Verdict]) -> set[str]:
    assert len({verdict.policy.id for verdict in verdicts}) == len(verdicts)
    return {verdict.policy.id for verdict in verdicts}


def _holds(members: Sequence[Policy], seen: Facts, form: str) -> None:
    running = [member for member in members if member.status != "draft"]
    answers = {member.id: result_of(member, seen) for member in running}
    matched, unknown, near = _judged(members, seen, form)
    assert matched == {name for name, answer in answers.items() if answer}
    assert unknown == {name for name, answer in answers.items() if answer is None}
    assert near <= {name for name, answer in answers.items() if answer is False}


@given(policies(), HOSTILE_FIELDS, ENTRIES, _FORM)
def test_every_form_of_the_plan_judges_as_the_plain_meaning_does(
    members: list[Policy], fields: Mapping[str, Value], entries: Any, form: str
) -> None:
    _holds(members, facts(fields, entries), form)


@given(st.lists(st.lists(field_tests(), min_size=1, max_size=4), min_size=1, max_size=12), HOSTILE_FIELDS, _FORM)
def test_conditions_that_the_indexes_take_mean_the_same_in_every_form(
    rules: list[list[Any]], fields: Mapping[str, Value], form: str
) -> None:
    _holds([_all_of(f"p-{n}", tests) for n, tests in enumerate(rules)], facts(fields), form)


def _all_of(name: str, tests: Sequence[Any]) -> Policy:
    return policy(name, "escalation", AllOf(pointer="/when", items=tuple(tests)), Escalation(to="tier-2", level=1))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("form", sorted(_FORMS))
def test_hundreds_of_policies_are_judged_as_the_plain_meaning_does(seed: int, form: str) -> None:
    rng = random.Random(seed)
    members = [_random_policy(rng, number) for number in range(300)]
    for _ in range(12):
        _holds(members, facts(_random_fields(rng)), form)


_TIERS = [f"tier-{number}" for number in range(9)]
_TYPES = [f"failure-{number}" for number in range(30)]
_HOSTILE: Sequence[Any] = (
    True,
    False,
    1,
    0,
    2.5,
    float("nan"),
    float("inf"),
    10**400,
    -(10**400),
    "",
    "\ud800",
    ("a",),
    ["gold"],
    {},
)


def _random_policy(rng: random.Random, number: int) -> Policy:
    makers: Sequence[Callable[[], FieldTest]] = [
        lambda: field_test("customer.tier", rng.choice(["is", "is_not"]), rng.choice(_TIERS)),
        lambda: field_test("failure.type", rng.choice(["in", "not_in"]), tuple(rng.sample(_TYPES, 3))),
        lambda: field_test("failure.type", "is", rng.choice(_TYPES)),
        lambda: field_test(
            "failure.days_late",
            rng.choice(["at_least", "more_than", "at_most", "less_than", "is", "is_not"]),
            rng.choice([rng.randrange(400), rng.random() * 400, -(10**30)]),
        ),
        lambda: field_test("failure.days_late", "between", tuple(sorted(rng.sample(range(400), 2)))),
        lambda: field_test("failure.days_late", "not_in", tuple(rng.sample(range(400), 5))),
        lambda: field_test("failure.safety", rng.choice(["is", "is_not"]), rng.choice([True, False])),
        lambda: field_test("customer.vulnerability", "contains", "vip"),
        lambda: field_test("customer.vulnerability", "contains_any", ("vip", "bereavement")),
        lambda: field_test("failure.severity", "present", rng.choice([True, False])),
        lambda: field_test("customer.lifetime_value", "at_least", pounds("10.00")),
    ]
    return _all_of(f"p-{number:03}", [make() for make in rng.choices(makers, k=rng.randint(1, 5))])


def _random_fields(rng: random.Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "customer.tier": rng.choice(_TIERS),
        "failure.type": rng.choice(_TYPES),
        "failure.days_late": rng.choice([rng.randrange(-5, 405), rng.random() * 400, 10**400]),
        "failure.safety": rng.random() < 0.5,
        "customer.vulnerability": tuple(rng.choices(["vip", "surveys"], k=rng.choice([0, 1, 10_000]))),
        "failure.severity": rng.randint(1, 4),
        "customer.lifetime_value": pounds("20.00"),
    }
    for path in rng.sample(sorted(fields), 2):
        if rng.random() < 0.3:
            fields[path] = rng.choice(_HOSTILE)
        else:
            del fields[path]
    return fields


def test_a_policy_that_fails_is_named_and_the_others_are_found_in_every_form() -> None:
    broken = field_test("order.total", "at_least", "no money: an operand that fails when it is compared")
    members = [_all_of("a-broken", [broken]), _all_of("b-sound", [field_test("customer.tier", "is", "gold")])]
    seen = facts({"order.total": pounds("1.00"), "customer.tier": "gold"})
    for form in _FORMS:
        with _formed(form):
            found = compile_plan(members).match(seen)
        assert [(verdict.policy.id, verdict.result, bool(verdict.fault)) for verdict in found] == [
            ("a-broken", None, True),
            ("b-sound", True, False),
        ]


def test_threads_that_come_first_at_once_find_the_same() -> None:
    rng = random.Random(1)
    members = [_random_policy(rng, number) for number in range(300)]
    seen = [facts(_random_fields(rng)) for _ in range(8)]
    wanted = [_ids(compile_plan(members).match(one)) for one in seen]
    for _ in range(20):
        plan, start, found = compile_plan(members), Barrier(8), [set[str]()] * 8

        def ask(number: int, plan: Any = plan, start: Barrier = start, found: list[set[str]] = found) -> None:
            start.wait(30)
            found[number] = _ids(plan.match(seen[number]))

        threads = [Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == wanted


def test_conditions_nested_as_deep_as_a_rule_file_may_are_compiled() -> None:
    deep: Any = field_test("customer.tier", "is", "gold")
    for _ in range(40):
        deep = AllOf(pointer="/when", items=(deep, field_test("failure.type", "is_not", "x")))
    member = policy("p", "escalation", deep, Escalation(to="tier-2", level=1))
    assert _ids(compile_plan([member]).match(facts({"customer.tier": "gold", "failure.type": "y"}))) == {"p"}
