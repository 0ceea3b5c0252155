"""Turns the conditions of a policy into boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.history import SAME
from careengine.policy.analysis.box import Box
from careengine.policy.analysis.subject import AS_OF, Subject, leaves
from careengine.policy.analysis.values import Choice, Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Policy

    Wish = tuple[Condition, bool]  # a condition, and whether it is to be true or false

MAX_BOXES = 16  # an `any` that would make more of a policy is compared as a whole
ALWAYS_THERE = frozenset({"id", "source", "type", "occurred_at"})
EVENT_TYPE = "type as words"


def matching(policy: Policy) -> list[Box]:
    """Boxes that hold every event on which the policy matches; none: it never does."""
    return spread([looked_at(policy)], wishes(policy))


def may_meet(boxes: Iterable[Box], others: Sequence[Box]) -> bool:
    """Whether one event may lie in a box of each."""
    return any(not box.meet(other).empty for box in boxes for other in others)


def wishes(policy: Policy) -> list[Wish]:
    """What must be true and what false for the policy to match."""
    exception = [] if policy.unless is None else [(policy.unless, False)]
    return [(policy.when, True), *exception]


def refusing(policy: Policy) -> list[Box]:
    """Boxes that hold every event it looks at, while in effect, on which it is silent; none: it never is."""
    start = looked_at(policy)
    return [box for condition, wanted in wishes(policy) for box in spread([start], [(condition, not wanted)])]


def looked_at(policy: Policy) -> Box:
    """What is known of an event before any condition is asked; a guardrail looks at all events."""
    sets: dict[Subject, Choice | Range] = {Subject(EVENT_TYPE): Choice(only=policy.events)} if policy.events else {}
    if policy.effective_from or policy.effective_until:
        sets[AS_OF] = Range(low=policy.effective_from, high=policy.effective_until, high_open=True)
    return Box(sets=sets, present=ALWAYS_THERE)


def spread(boxes: list[Box], wishes: Iterable[Wish]) -> list[Box]:
    """What is left of boxes when all these conditions are true, or false where that is wished."""
    parts = [part for condition, wanted in wishes for part in flat(condition, wanted=wanted)]
    tests = [(part, wanted) for part, wanted in parts if isinstance(part, (FieldTest, HistoryTest))]
    for test, wanted in tests:
        boxes = _fitting(boxes, [_literal(test, wanted=wanted)])
    for part, wanted in parts:
        if isinstance(part, (AllOf, AnyOf)):
            boxes = _either(boxes, part, wanted=wanted)
    return boxes


def _either(boxes: list[Box], group: AllOf | AnyOf, *, wanted: bool) -> list[Box]:
    choices = [box for item in group.items for box in spread([Box()], [(item, wanted)])]
    if len(boxes) * len(choices) > MAX_BOXES:
        choices = [Box(opaque=frozenset({_shape(group, wanted=wanted)}))]
    return _fitting(boxes, choices)


def _fitting(boxes: Sequence[Box], choices: Sequence[Box]) -> list[Box]:
    met = [box.meet(choice) for box in boxes for choice in choices]
    return [box for box in met if not box.empty]


def flat(condition: Condition, *, wanted: bool) -> Iterator[Wish]:
    """The parts that must all be as wished. A group that is left holds when any one of its items is as wished."""
    if isinstance(condition, Not):
        yield from flat(condition.item, wanted=not wanted)
    elif isinstance(condition, (FieldTest, HistoryTest)):
        if condition.operator == "between" and not wanted:
            yield _outside(condition), True
        else:
            yield condition, wanted
    elif isinstance(condition, AllOf) is wanted or len(condition.items) == 1:
        for item in condition.items:
            yield from flat(item, wanted=wanted)
    else:
        yield condition, wanted


def _outside(test: Test) -> AnyOf:
    low, high = test.operand
    below = replace(test, operator="less_than", operand=low)
    return AnyOf(pointer=test.pointer, items=(below, replace(test, operator="more_than", operand=high)))


def _literal(test: Test, *, wanted: bool) -> Box:
    """What is known of an event on which a test is true, or false."""
    if isinstance(test, HistoryTest):
        same = test.query.same
        present = {"customer.id"} | ({SAME[same]} if same else set())
    elif test.operator == "present":
        there = frozenset({test.field.path})
        return Box(present=there) if test.operand is wanted else Box(missing=there)
    else:
        present = {test.field.path}
    found = leaves(test, wanted=wanted)
    if found is None:
        return Box(present=frozenset(present), opaque=frozenset({_shape(test, wanted=wanted)}))
    return Box(sets=dict([found]), present=frozenset(present))


def _shape(condition: Condition, *, wanted: bool) -> object:
    """A condition without its place in the file, so that equal ones are known as such."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return replace(condition, pointer=""), wanted
    if isinstance(condition, Not):
        return _shape(condition.item, wanted=not wanted)
    items = frozenset(_shape(item, wanted=wanted) for item in condition.items)
    return ("all" if isinstance(condition, AllOf) is wanted else "any", items)
