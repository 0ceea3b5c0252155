"""Why a policy did or did not fire: every test, what it needed, what it found. Never built while matching."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from careengine.decide.change import nearest_change
from careengine.decide.english import say_found, say_test
from careengine.decide.explain_rows import explain_rows, nearest_change_of_rows, row_lines, why_rows
from careengine.decide.logic import acts, evaluate, judge, result_of, tests_of, tops_around
from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.decision import NearMiss, Reason, Unknown
from careengine.model.policy import CALENDAR, LIVE, RESTRAINING, SHADOW
from careengine.model.table import Table
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.decide.change import Change
    from careengine.decide.explain_rows import RowExplanation
    from careengine.model.condition import Condition, Test
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, Verdict

_WORD = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one policy stands to one event. `result` is true, false or unknown; `why` sums it up on one line.

    Of a table `tests` are those that all rows share, and `rows` are its rows, the nearest to holding first.
    `change` is the smallest single change that would make the policy fire, None when there is none or none is needed;
    `in_the_way` counts the conditions that are not true.
    """

    policy: str
    result: str
    why: str
    change: Change | None
    in_the_way: int
    tests: tuple[Reason, ...]
    rows: tuple[RowExplanation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain JSON values; only that of a table has `rows`."""
        change = self.change and {name: _json(value) for name, value in asdict(self.change).items()}
        told = {**asdict(self), "change": change, "tests": [asdict(test) for test in self.tests]}
        rows = [
            {**asdict(row), "tests": [asdict(test) for test in row.tests]} for row in told.pop("rows") and self.rows
        ]
        return {**told, "rows": rows} if rows else told

    def what_if(self) -> str:
        """The change in a sentence, or how many conditions stand in the way; nothing when it fires as it is."""
        if self.change or not self.in_the_way:
            return self.change.says if self.change else ""
        stand = "condition stands" if self.in_the_way == 1 else "conditions stand"
        return f"no single change would make it fire: {self.in_the_way} {stand} in the way"

    def lines(self) -> list[str]:
        """Every test on a line of its own, those of the exception marked as such."""
        marks = ("unless: " if test.test.startswith("/unless") else "" for test in self.tests)
        lines = [f"  {test.result:<8} {mark}{test.says}" for test, mark in zip(self.tests, marks, strict=True)]
        return [*lines, *row_lines(self.rows)]


def explain(facts: Facts, policy: Policy) -> Explanation:
    """Explain one policy: each condition with the value needed, the value found, and true, false or unknown."""
    result = result_of(policy, facts)
    tests = tuple(_reason(test, facts) for test in tests_of(*_both(policy)))
    applies = _applies(facts, policy)
    short = not applies and not result
    return Explanation(
        policy=policy.id,
        result=_WORD[False if applies else result],
        why=applies or _why(policy, facts, result=result),
        change=_nearest_change(policy, facts) if short else None,
        in_the_way=_in_the_way(policy, facts) if short else 0,
        tests=tests,
        rows=explain_rows(policy.outcome, facts, _reason) if isinstance(policy.outcome, Table) else (),
    )


def _in_the_way(policy: Policy, facts: Facts) -> int:
    """How many conditions are not true; the rows of a table are one of them."""
    rows = isinstance(policy.outcome, Table) and acts(policy.outcome, facts) is not True
    return sum(evaluate(top, facts) is not True for top in tops_around(policy)) + rows


def _nearest_change(policy: Policy, facts: Facts) -> Change | None:
    table = policy.outcome
    return nearest_change_of_rows(policy, table, facts) if isinstance(table, Table) else nearest_change(policy, facts)


def _both(policy: Policy) -> Sequence[Condition]:
    """What must be so and what not; of a table without its rows."""
    when = policy.outcome.shared if isinstance(policy.outcome, Table) else policy.when
    return tuple(condition for condition in (when, policy.unless) if condition is not None)


def _applies(facts: Facts, policy: Policy) -> str:
    if policy.status not in (LIVE, SHADOW):
        return f"its status is {policy.status}"
    if policy.kind == CALENDAR:
        return "it is a calendar: others count by it, and it decides nothing"
    if policy.kind not in RESTRAINING and facts.event not in policy.events:
        return f"it looks at {', '.join(sorted(policy.events))}, and this is {facts.event}"
    return "" if policy.in_effect(facts.as_of) else "it is not in effect at that time"


def _why(policy: Policy, facts: Facts, *, result: bool | None) -> str:
    table = policy.outcome
    if isinstance(table, Table) and evaluate(AllOf(pointer="", items=tuple(tops_around(policy))), facts):
        return why_rows(table, facts)
    if result:
        return "all its conditions are true" if policy.kind not in RESTRAINING else "it applies"
    if result is None:
        also = "it applies, because it is " if policy.kind in RESTRAINING else ""
        return f"{also}not known: {'; '.join(_reason(test, facts).says for test in _undecided(policy, facts))}"
    when = table.shared if isinstance(table, Table) else policy.when
    if when is not None and evaluate(when, facts) is False:
        return f"not so: {_say_blockers(when, facts, want=True)}"
    return f"its exception holds: {_say_blockers(policy.unless, facts, want=False) if policy.unless else ''}"


def _undecided(policy: Policy, facts: Facts) -> Iterator[Test]:
    for condition in _both(policy):
        if evaluate(condition, facts) is None:
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
    """The tests that make a true condition true, each once; `present` only where no other test tells of the value."""
    tests = list(blockers(condition, facts, want=False))
    compared = {test.field.path for test in tests if isinstance(test, FieldTest) and test.operator != "present"}
    told = [t for t in tests if not (isinstance(t, FieldTest) and t.operator == "present" and t.field.path in compared)]
    return tuple({reason.says: reason for reason in (_reason(test, facts) for test in told)}.values())


def because_due(why: str, facts: Facts) -> Reason:
    """Why a policy acts whose conditions were not asked."""
    return Reason(test="", says=why, needed={"is": facts.event}, found=facts.event, result="true")


def _reason(test: Test, facts: Facts) -> Reason:
    found, answer = judge(test, facts)
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
