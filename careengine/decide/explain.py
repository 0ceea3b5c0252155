"""Why a policy did or did not fire: every test, what it needed, what it found. Never built while matching."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from careengine.decide.english import say_found, say_test
from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.decision import NearMiss, Reason, Unknown
from careengine.model.operators import ask_field, judge_history
from careengine.model.policy import LIVE, SHADOW
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, Verdict

_WORD = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one policy stands to one event. `result` is true, false or unknown; `why` sums it up on one line."""

    policy: str
    result: str
    why: str
    tests: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain JSON values."""
        return {**asdict(self), "tests": [asdict(test) for test in self.tests]}

    def lines(self) -> list[str]:
        """Every test on a line of its own, those of the exception marked as such."""
        marks = ("unless: " if test.test.startswith("/unless") else "" for test in self.tests)
        return [f"  {test.result:<8} {mark}{test.says}" for test, mark in zip(self.tests, marks, strict=True)]


def explain(facts: Facts, policy: Policy) -> Explanation:
    """Explain one policy: each condition with the value needed, the value found, and true, false or unknown."""
    result = evaluate(policy.when, facts)
    if policy.unless is not None:
        spared = evaluate(policy.unless, facts)
        result = _and([result, None if spared is None else not spared])
    tests = (*reasons(policy.when, facts), *(reasons(policy.unless, facts) if policy.unless else ()))
    applies = _applies(facts, policy)
    why = applies or _why(policy, facts, result=result)
    return Explanation(policy=policy.id, result=_WORD[False if applies else result], why=why, tests=tests)


def _applies(facts: Facts, policy: Policy) -> str:
    if policy.status not in (LIVE, SHADOW):
        return f"its status is {policy.status}"
    if facts.event not in policy.events:
        return f"it looks at {', '.join(sorted(policy.events))}, and this is {facts.event}"
    return "" if policy.in_effect(facts.as_of) else "it is not in effect at that time"


def _why(policy: Policy, facts: Facts, *, result: bool | None) -> str:
    if result:
        return "all its conditions are true"
    if result is None:
        return f"not known: {'; '.join(_reason(test, facts).says for test in _undecided(policy, facts))}"
    if evaluate(policy.when, facts) is False:
        return f"not so: {_say_blockers(policy.when, facts, want=True)}"
    return f"its exception holds: {_say_blockers(policy.unless, facts, want=False) if policy.unless else ''}"


def _undecided(policy: Policy, facts: Facts) -> Iterator[Test]:
    for condition in (policy.when, policy.unless):
        if condition is not None and evaluate(condition, facts) is None:
            yield from _unknown_tests(condition, facts)


def _unknown_tests(condition: Condition, facts: Facts) -> Iterator[Test]:
    """The tests without an answer that leave a condition without one."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        yield condition
    elif isinstance(condition, Not):
        yield from _unknown_tests(condition.item, facts)
    else:
        for item in condition.items:
            if evaluate(item, facts) is None:
                yield from _unknown_tests(item, facts)


def _say_blockers(condition: Condition, facts: Facts, *, want: bool) -> str:
    return "; ".join(_reason(test, facts).says for test in blockers(condition, facts, want=want))


def blockers(condition: Condition, facts: Facts, *, want: bool) -> Iterator[Test]:
    """The tests that keep a condition from being what is wanted."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        yield condition
    elif isinstance(condition, Not):
        yield from blockers(condition.item, facts, want=not want)
    else:
        each = isinstance(condition, AllOf) is want  # every item must give way, or any one would do
        for item in condition.items:
            if not each or _blocks(evaluate(item, facts), want=want):
                yield from blockers(item, facts, want=want)


def _blocks(answer: bool | None, *, want: bool) -> bool:  # noqa: FBT001  three-valued, not a switch
    # What is unknown keeps a condition from being true, but it does not make one true.
    return not answer if want else answer is True


def because(condition: Condition, facts: Facts) -> tuple[Reason, ...]:
    """The tests that make a true condition true, each said once."""
    found = [_reason(test, facts) for test in blockers(condition, facts, want=False)]
    return tuple({reason.says: reason for reason in found}.values())


def evaluate(condition: Condition, facts: Facts) -> bool | None:
    """A condition's answer by the plain meaning of three-valued logic; the plan must give the same."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return _judge(condition, facts)[1]
    if isinstance(condition, Not):
        answer = evaluate(condition.item, facts)
        return None if answer is None else not answer
    answers = [evaluate(item, facts) for item in condition.items]
    return _and(answers) if isinstance(condition, AllOf) else _or(answers)


def _and(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _or(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def reasons(condition: Condition, facts: Facts) -> tuple[Reason, ...]:
    """Every test below a condition with what it needed and found."""
    return tuple(_reason(test, facts) for test in tests_of(condition))


def tests_of(condition: Condition) -> Iterator[Test]:
    """The tests below a condition, in the order of the file."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_of(condition.item)
    else:
        for item in condition.items:
            yield from tests_of(item)


def _judge(test: Test, facts: Facts) -> tuple[Any, bool | None]:
    if isinstance(test, FieldTest):
        return facts.fields.get(test.field.path), ask_field(test, facts)
    found = facts.history.ask(test.query, facts.fields, facts.as_of)
    return found, judge_history(test, found)


def _reason(test: Test, facts: Facts) -> Reason:
    found, answer = _judge(test, facts)
    hidden = isinstance(test, FieldTest) and test.field.words
    return Reason(
        test=test.pointer,
        says=f"{say_test(test)}{_say_finding(test, found, answer, hidden=hidden)}",
        needed={test.operator: _json(test.operand)},
        found=None if hidden else _json(found),
        result=_WORD[answer],
    )


def _say_finding(test: Test, found: Any, answer: bool | None, *, hidden: bool) -> str:  # noqa: FBT001  three-valued
    if test.operator == "present" and (answer or test.operand):
        return "" if answer else "; it is not"
    if hidden:
        return "; the words are not shown" if answer is not None else "; it is not known"
    does_not_compare = answer is None and found is not None
    return f"; {say_found(test, found)}{', which does not compare' if does_not_compare else ''}"


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no such number
    if value is None or isinstance(value, (str, int, float)):
        return value
    return say_instant(value) if isinstance(value, datetime) else str(value)


def near_misses(verdicts: Sequence[Verdict], facts: Facts) -> tuple[NearMiss, ...]:
    """What each near miss needs, in the order given: the nearest first."""
    return tuple(
        NearMiss(
            policy=verdict.policy.id,
            needs=tuple(_reason(test, facts) for test in blockers(verdict.open[0], facts, want=True)),
        )
        for verdict in verdicts
    )


def unknowns(verdicts: Sequence[Verdict], facts: Facts) -> tuple[Unknown, ...]:
    """The policies that could not be judged, with the facts that are missing."""
    return tuple(Unknown(policy=verdict.policy.id, missing=_missing(verdict.open, facts)) for verdict in verdicts)


def _missing(conditions: Sequence[Condition], facts: Facts) -> tuple[str, ...]:
    tests = (test for condition in conditions for test in _unknown_tests(condition, facts))
    return tuple(sorted({t.field.path if isinstance(t, FieldTest) else t.query.key for t in tests}))
