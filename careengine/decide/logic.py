"""The plain meaning of conditions: three-valued logic over what each test finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.operators import ask_field, judge_history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy


def evaluate(condition: Condition, facts: Facts) -> bool | None:
    """A condition's answer by the plain meaning of three-valued logic; the plan must give the same."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return judge(condition, facts)[1]
    if isinstance(condition, Not):
        answer = evaluate(condition.item, facts)
        return None if answer is None else not answer
    answers = [evaluate(item, facts) for item in condition.items]
    return _and(answers) if isinstance(condition, AllOf) else _or(answers)


def result_of(policy: Policy, facts: Facts) -> bool | None:
    """Whether a policy's conditions are true and its exception is false; unknown when that cannot be said."""
    return _and([evaluate(top, facts) for top in tops_of(policy)])


def tops_of(policy: Policy) -> Sequence[Condition]:
    """The conditions that must all be true; the exception is one of them, turned round."""
    tops = policy.when.items if isinstance(policy.when, AllOf) else (policy.when,)
    return tops if policy.unless is None else (*tops, Not(pointer=policy.unless.pointer, item=policy.unless))


def _and(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _or(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def tests_of(*conditions: Condition) -> Iterator[Test]:
    """The tests below some conditions, in the order of the file."""
    for condition in conditions:
        if isinstance(condition, (FieldTest, HistoryTest)):
            yield condition
        else:
            yield from tests_of(*((condition.item,) if isinstance(condition, Not) else condition.items))


def judge(test: Test, facts: Facts) -> tuple[Any, bool | None]:
    """What a test finds, and its answer."""
    if isinstance(test, FieldTest):
        return facts.fields.get(test.field.path), ask_field(test, facts)
    found = facts.history.ask(test.query, facts.fields, facts.as_of)
    return found, judge_history(test, found)
