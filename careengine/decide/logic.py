"""The plain meaning of conditions: three-valued logic over what each test finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.hit import hits_of
from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.operators import ask_field, judge_history
from careengine.model.table import Table, tops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.table import Row


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
    """Whether a policy's conditions are true and its exception is false; unknown when that cannot be said.

    Of a table: whether a row of it acts; one that fails acts as little as one that is unknown.
    """
    answers = [evaluate(top, facts) for top in tops_around(policy)]
    return _and([*answers, acts(policy.outcome, facts)] if isinstance(policy.outcome, Table) else answers)


def acts(table: Table, facts: Facts) -> bool | None:
    """Whether any row of a table acts, when all that its rows share is so."""
    hits = hits_of(table, answers_of(table.rows, facts))
    return None if hits.open or hits.fault else bool(hits.acting)


def answers_of(rows: Iterable[Row], facts: Facts, holding: Collection[int] = ()) -> list[bool | None]:
    """Whether the cells of each row hold, without what all rows share; those in `holding` are known to."""
    return [number in holding or _all(row.cells, facts) for number, row in enumerate(rows, 1)]


def _all(conditions: Iterable[Condition], facts: Facts) -> bool | None:
    """The answer of conditions that must all be true; most rows are ruled out by their first cell."""
    known = True
    for condition in conditions:
        answer = evaluate(condition, facts)
        if answer is False:
            return False
        known = known and answer is True
    return True if known else None


def tops_around(policy: Policy) -> Sequence[Condition]:
    """The conditions that must all be true, a table's rows aside; the exception is one of them, turned round."""
    shared = policy.outcome.shared if isinstance(policy.outcome, Table) else policy.when
    return (*tops(shared), *_exception(policy))


def _exception(policy: Policy) -> Sequence[Condition]:
    return () if policy.unless is None else (Not(pointer=policy.unless.pointer, item=policy.unless),)


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
