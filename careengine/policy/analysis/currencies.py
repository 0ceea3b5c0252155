"""Rows of one table that compare an amount with several currencies: each keeps the others from ever being known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest
from careengine.model.table import ANY, COLLECT, FIRST, Table, members
from careengine.model.value import Money
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching
from careengine.policy.analysis.tests_in import tests_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box

    Asked = dict[str, dict[str, str]]  # field -> currency -> pointer of the cell that names it


def torn_by_currency(policy: Policy) -> Iterator[Finding]:
    """For each amount, the first row that another in a different currency leaves unknown; nothing without a table."""
    table = policy.outcome
    if not isinstance(table, Table) or table.hit == COLLECT:  # there every row stands for itself
        return
    rows = [(row, asked, matching(row)) for row in members(policy) if (asked := _asked(row))]
    told: set[str] = set()
    for (other, before, theirs), (row, asked, mine) in combinations(rows, 2):
        if table.hit == ANY and row.outcome == other.outcome:
            continue
        for path in (asked.keys() & before.keys()) - told:
            foreign = _foreign(table.hit, asked[path].keys(), before[path].keys())
            if foreign and _may_meet(mine, theirs, path):
                told.add(path)
                yield _finding(row, other, path, asked[path], before[path], foreign)


def _asked(row: Policy) -> Asked:
    found: Asked = defaultdict(dict)
    for cell in row.row_of.rows[row.row - 1].cells if row.row_of else ():
        for test in tests_below(cell):
            if isinstance(test, FieldTest):
                for operand in test.operand if isinstance(test.operand, tuple) else (test.operand,):
                    if isinstance(operand, Money):
                        found[test.field.path].setdefault(operand.currency, test.pointer)
    return found


def _foreign(hit: str, mine: AbstractSet[str], theirs: AbstractSet[str]) -> set[str]:
    """The currencies in which one row is unknown to the other; under `first` only the row above matters."""
    return set(mine - theirs if hit == FIRST else mine ^ theirs)


def _may_meet(mine: Sequence[Box], theirs: Sequence[Box], path: str) -> bool:
    """Whether nothing but the amount keeps two rows from holding at once."""
    return any(not _without(one, path).meet(_without(other, path)).empty for one in mine for other in theirs)


def _without(box: Box, path: str) -> Box:
    return replace(box, sets={subject: v for subject, v in box.sets.items() if not subject.startswith(f"{path} as ")})


def _finding(
    row: Policy, other: Policy, path: str, mine: dict[str, str], theirs: dict[str, str], foreign: set[str]
) -> Finding:
    said = f"row {other.row} compares `{path}` with {' and '.join(theirs)}, row {row.row} with {' and '.join(mine)}"
    return Finding(
        code="CE718",
        policy=row,
        pointer=next(iter(mine.values())),
        message=f"{said}: an amount in {' or '.join(sorted(foreign))} leaves one unknown, and then neither acts",
        suggestion="write a policy for each currency, use `collect`, or let another column tell the rows apart",
    )
