"""The plan judges as the plain meaning does: over the whole grammar, for few and many rules, whatever the facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.decide import logic
from careengine.model.condition import AllOf, Condition, FieldTest
from careengine.model.facts import EntryHistory, Facts, Words
from careengine.model.policy import Escalation, Policy
from careengine.policy.compile import compile_plan
from tests.decide import grammar
from tests.decide.worlds import ANYTHING, ENTRIES, EVENT, NOW, field_test, policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from careengine.model.history import Entry

DO = Escalation(to="team-lead", level=1)
TAGS = tuple(f"tag-{number}" for number in range(9_998))
# What no rule can name and no catalogue promises, but what an embedding program may hand over all the same.
HOSTILE = st.one_of(
    ANYTHING,
    st.sampled_from([None, float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), -0.0, 0, 1, True, False]),
    st.sampled_from(["\ud800", "\x00", "gold\n", "x" * 100_000, (*TAGS, "vip", "bereavement"), ()]),
)
NO_VALUES: list[Any] = [b"gold", object(), NOW.replace(tzinfo=None), 1j, frozenset({"gold"}), (None, 3)]
paced = settings(deadline=timedelta(seconds=10))


def facts(fields: Mapping[str, Any], entries: Sequence[Entry] = ()) -> Facts:
    base: dict[str, Any] = {"id": "e-1", "source": "test", "type": EVENT, "occurred_at": NOW, "customer.id": "C-1"}
    return Facts(fields={**fields, **base}, as_of=NOW, history=EntryHistory(tuple(entries)))


def made(fields: Mapping[str, Any], entries: Sequence[Entry], way: str) -> Facts:
    """The facts from the reading of an event, or put together by hand."""
    if way == "raw":
        return facts(fields, entries)
    return Facts.of({**facts(fields).fields}, NOW, entries)


def agree(members: Sequence[Policy], one: Facts) -> None:
    """What matched and what is unknown, by the plan and by the plain meaning."""
    plan = compile_plan(members)
    found = plan.match(one)
    plain = replace(one, words=Words())  # what the plan found in words is not believed
    wanted = {member.id: logic.result_of(member, plain) for member in members if member.status in ("live", "shadow")}
    assert [verdict.policy.id for verdict in found] == sorted(name for name, is_so in wanted.items() if is_so)
    assert not any(verdict.fault for verdict in found)
    unknown, near = plan.others(one, found, len(members))
    assert [verdict.policy.id for verdict in unknown] == sorted(name for name, so in wanted.items() if so is None)
    assert all(wanted[verdict.policy.id] is False for verdict in near)


@st.composite
def worlds(draw: st.DrawFn, leaves: st.SearchStrategy[Any]) -> tuple[list[Policy], dict[str, Any]]:
    """Many policies put together at random from a few tests, and hostile facts about the fields that they name."""
    tests: list[Condition] = draw(st.lists(leaves, min_size=2, max_size=25))
    random: Random = draw(st.randoms(use_true_random=False))
    members = [_one(number, tests, random) for number in range(draw(st.sampled_from([3, 13, 70, 300])))]
    paths = sorted({test.field.path for test in logic.tests_of(*tests) if isinstance(test, FieldTest)} - _GIVEN)
    fields = draw(st.dictionaries(st.sampled_from(paths), HOSTILE)) if paths else {}
    asked = [test for test in logic.tests_of(*tests) if isinstance(test, FieldTest) and test.field.path in paths]
    for test in draw(st.lists(st.sampled_from(asked), max_size=4)) if asked else ():
        values = test.operand if isinstance(test.operand, tuple) else (test.operand,)
        fields[test.field.path] = values if test.field.type == "tags" else values[-1]  # the very edge of a test
    return members, fields


_GIVEN = {"id", "source", "type", "occurred_at", "customer.id"}


def _one(number: int, tests: Sequence[Condition], random: Random) -> Policy:
    chosen = random.sample(tests, random.randint(1, min(4, len(tests))))
    unless = random.choice([None, None, random.choice(tests)])
    status = random.choice(["live", "live", "shadow", "draft"])
    when = AllOf(pointer="/when", items=tuple(chosen))
    return policy(f"p-{number:03}", "escalation", when, DO, unless=unless, status=status)


@paced
@given(worlds(st.one_of(grammar.field_tests(), grammar.conditions())), ENTRIES, st.sampled_from(["read", "raw"]))
def test_a_plan_of_the_whole_grammar_judges_as_the_plain_meaning_does(
    world: tuple[list[Policy], dict[str, Any]], entries: Sequence[Entry], way: str
) -> None:
    members, fields = world
    agree(members, made(fields, entries, way))


def by_value(number: int) -> Policy:
    """Enough policies for the plan to go by values: each its own word, threshold and tag."""
    tests = (
        ("failure.type", "is", f"v{number}"),
        ("failure.days_late", "at_least", number),
        ("customer.vulnerability", "contains", f"tag-{number}"),
        ("failure.safety", "is", number % 2 == 0),
    )
    items = tuple(field_test(*test) for test in tests)
    return policy(f"p-{number:03}", "escalation", AllOf(pointer="/when", items=items), DO)


FITTING = {"failure.type": "v7", "failure.days_late": 7, "customer.vulnerability": TAGS, "failure.safety": False}


@pytest.mark.parametrize("size", [10, 200])
@pytest.mark.parametrize("value", NO_VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("path", FITTING)
def test_what_is_no_value_at_all_makes_unknown_and_no_fault(path: str, value: Any, size: int) -> None:
    members = [by_value(number) for number in range(size)]
    assert [verdict.policy.id for verdict in compile_plan(members).match(facts(FITTING))] == ["p-007"]
    agree(members, facts({**FITTING, path: value}))
    (another,) = (test for test in by_value(7).when.items if test.field.path == OTHERS[path])  # type: ignore[union-attr]
    beside = replace(by_value(7), id="q", when=another)
    found = compile_plan([*members, beside]).match(facts({**FITTING, path: value}))
    assert [verdict.policy.id for verdict in found] == ["q"]  # one bad field keeps no other rule from matching


OTHERS = dict(zip(FITTING, [*list(FITTING)[1:], "failure.type"], strict=True))
