"""Between matching and proposing: of the rows of a table that hold, those act that its hit policy lets act."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from careengine.decide.hit import hits_of
from careengine.decide.logic import answers_of, evaluate, judge, tests_of
from careengine.model.operators import knows
from careengine.model.table import COLLECT, FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.facts import Facts
    from careengine.model.policy import Plan, Verdict
    from careengine.model.table import Table


_ID, _ROW = attrgetter("policy.id"), attrgetter("policy.row")


def settle(found: Sequence[Verdict], facts: Facts) -> Sequence[Verdict]:
    """What matched or failed with every table settled by its hit policy; one that is left undecided is unknown."""
    for verdict in found:
        if verdict.policy.row:
            tables = groupby(found, key=_ID)
            return [one for _, rows in tables for one in _settle(sorted(rows, key=_ROW), facts)]
    return found


def others(
    plan: Plan, facts: Facts, found: Sequence[Verdict], near: int
) -> tuple[Sequence[Verdict], Sequence[Verdict]]:
    """See `Plan.others`. A table is told of once: in the end it is unknown, or its nearest row is a near miss."""
    asked = near
    while True:
        unknown, missed = plan.others(facts, found, asked)
        if not any(verdict.policy.row for verdict in (*found, *unknown, *missed)):
            return unknown, missed
        unknown = _joined([*(verdict for verdict in found if not verdict.result and not verdict.fault), *unknown])
        told = {verdict.policy.id for verdict in (*found, *unknown)}
        ranked = {v.policy.id: v for v in reversed(missed) if not v.policy.row or v.policy.id not in told}
        nearest = [verdict for verdict in missed if ranked.get(verdict.policy.id) is verdict]
        if len(nearest) >= near or len(missed) < asked:
            return unknown, nearest[:near]
        asked *= 4  # rows of one table took the places of other policies


def _settle(rows: list[Verdict], facts: Facts) -> Iterator[Verdict]:
    table, failed = rows[0].policy.row_of, next((row for row in rows if row.fault), None)
    if table is None or table.hit == COLLECT:
        yield from rows
    elif failed is not None:
        yield replace(failed, fault=f"its row {failed.policy.row} failed: {failed.fault}")
    else:
        yield from _hit(table, rows, facts)


def _hit(table: Table, rows: list[Verdict], facts: Facts) -> Iterator[Verdict]:
    """The rows are those that hold; what the others are decides whether any of them acts."""
    holding = {row.policy.row for row in rows}
    deciding = table.rows[: min(holding)] if table.hit == FIRST else table.rows
    if _all_known(table, facts):  # nearly always: what does not hold is then false, and no row need be asked
        answers: list[bool | None] = [number in holding for number in range(1, len(deciding) + 1)]
    else:
        answers = answers_of(deciding, facts, holding)
    hits = hits_of(table, answers)
    if hits.fault:
        yield replace(rows[0], result=None, fault=hits.fault)
    elif hits.open:
        open_ = (cell for number in hits.open for cell in table.rows[number - 1].cells)
        yield replace(rows[0], result=None, open=tuple(cell for cell in open_ if evaluate(cell, facts) is None))
    else:
        yield from (row for row in rows if row.policy.row in hits.acting)


def _all_known(table: Table, facts: Facts) -> bool:
    """Whether no test in the rows is unknown, by one test of each sort that can only be unknown together."""
    telling = table.memo.get(_all_known)
    if telling is None:
        tests = (test for row in table.rows for test in tests_of(*row.cells))
        sorts = {key: test for test in tests if (key := knows(test)) is not None}
        telling = table.memo[_all_known] = tuple(sorts.values())
    return all(judge(test, facts)[1] is not None for test in telling)


def _joined(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """One verdict a policy, by id: what is open in any row of a table is open in the table."""
    by_id: dict[str, Verdict] = {}
    for verdict in verdicts:
        before = by_id.get(verdict.policy.id)
        by_id[verdict.policy.id] = verdict if before is None else replace(before, open=(*before.open, *verdict.open))
    return [by_id[name] for name in sorted(by_id)]
