"""Asks one policy all its conditions, by closures over the facts.

The conditions that must all be true (`unless` joins them negated) are asked plain fields first, so that history is
counted only for a policy that the event itself does not rule out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.operators import ask_field, check, judge_history
from careengine.model.policy import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from careengine.model.condition import Condition
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

    Ask = Callable[[Facts], bool | None]


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """One policy's conditions, each with the closure that asks it."""

    policy: Policy
    conditions: tuple[tuple[Condition, Ask], ...]

    def judge(self, facts: Facts) -> Verdict | None:
        """Matched, unknown or a near miss; None when it plainly does not match."""
        false: Condition | None = None
        unknown: list[Condition] = []
        for condition, ask in self.conditions:
            answer = ask(facts)
            if answer:
                continue
            if false is not None or (answer is False and unknown):
                return None  # false, and by more than one condition
            if answer is None:
                unknown.append(condition)
            else:
                false = condition
        if false is not None:
            return Verdict(policy=self.policy, result=False, open=(false,))
        return Verdict(policy=self.policy, result=None if unknown else True, open=tuple(unknown))


def compile_policy(policy: Policy) -> CompiledPolicy:
    """The policy's conditions as closures, those that ask history last."""
    tops = list(top_conditions(policy))
    tops.sort(key=asks_history)  # stable: the order of the file within each half
    return CompiledPolicy(policy, tuple((top, compile_condition(top)) for top in tops))


def top_conditions(policy: Policy) -> Sequence[Condition]:
    """The conditions that must all be true."""
    tops = policy.when.items if isinstance(policy.when, AllOf) else (policy.when,)
    if policy.unless is None:
        return tops
    return (*tops, Not(pointer=policy.unless.pointer, item=policy.unless))


def asks_history(condition: Condition) -> bool:
    """Whether a condition counts or sums history anywhere."""
    if isinstance(condition, (AllOf, AnyOf)):
        return any(asks_history(item) for item in condition.items)
    if isinstance(condition, Not):
        return asks_history(condition.item)
    return isinstance(condition, HistoryTest)


def compile_condition(condition: Condition) -> Ask:
    """A closure that gives the condition's answer on facts: true, false, or None when unknown."""
    if isinstance(condition, FieldTest):
        return _compile_field(condition)
    if isinstance(condition, HistoryTest):
        return _compile_history(condition)
    if isinstance(condition, Not):
        return _compile_not(compile_condition(condition.item))
    items = tuple(compile_condition(item) for item in condition.items)
    return _compile_all(items) if isinstance(condition, AllOf) else _compile_any(items)


def _compile_field(test: FieldTest) -> Ask:
    if test.field.words or test.operator == "present":
        return lambda facts: ask_field(test, facts)
    path, holds = test.field.path, check(test)

    def ask(facts: Facts) -> bool | None:
        value = facts.fields.get(path)
        return None if value is None else holds(value, facts.as_of)

    return ask


def _compile_history(test: HistoryTest) -> Ask:
    query = test.query
    return lambda facts: judge_history(test, facts.history.ask(query, facts.fields, facts.as_of))


def _compile_not(item: Ask) -> Ask:
    def ask(facts: Facts) -> bool | None:
        answer = item(facts)
        return None if answer is None else not answer

    return ask


def _compile_all(items: Sequence[Ask]) -> Ask:
    def ask(facts: Facts) -> bool | None:
        unknown = False
        for item in items:
            answer = item(facts)
            if answer is False:
                return False
            unknown = unknown or answer is None
        return None if unknown else True

    return ask


def _compile_any(items: Sequence[Ask]) -> Ask:
    def ask(facts: Facts) -> bool | None:
        unknown = False
        for item in items:
            answer = item(facts)
            if answer:
                return True
            unknown = unknown or answer is None
        return None if unknown else False

    return ask
