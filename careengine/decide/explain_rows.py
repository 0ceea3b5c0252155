"""Why a table did or did not act: its rows, the nearest first, and what stood in the way of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.decide.change import nearest_change
from careengine.decide.hit import hits_of, say_rows
from careengine.decide.logic import answers_of, tests_of
from careengine.model.distance import how_far
from careengine.model.table import members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from careengine.decide.change import Change
    from careengine.model.condition import Test
    from careengine.model.decision import Reason
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.table import Row, Table

    Say = Callable[[Test, Facts], Reason]

_SHOWN = 5  # rows that are told test by test; of the others it is said how many there are
_WORD = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowExplanation:
    """How one row stands to an event: whether its cells hold (true, false or unknown), and every test in them."""

    row: int
    result: str
    tests: tuple[Reason, ...]

    def lines(self) -> Iterator[str]:
        """The row, then every test on a line of its own."""
        yield f"  row {self.row}: {self.result}{'' if self.tests else ', in every case'}"
        yield from (f"    {test.result:<8} {test.says}" for test in self.tests)


def explain_rows(table: Table, facts: Facts, say: Say) -> tuple[RowExplanation, ...]:
    """All rows of a table, the nearest to holding first; `say` gives the reason of one test."""
    answers = answers_of(table.rows, facts)
    rows = [
        RowExplanation(row=number, result=_WORD[answer], tests=tuple(say(test, facts) for test in tests_of(*row.cells)))
        for number, (row, answer) in enumerate(zip(table.rows, answers, strict=True), 1)
    ]
    return tuple(sorted(rows, key=lambda one: (_far(table.rows[one.row - 1], facts), one.row)))


def row_lines(rows: tuple[RowExplanation, ...]) -> list[str]:
    """The nearest rows, line by line, and how many others there are."""
    lines = [line for row in rows[:_SHOWN] for line in row.lines()]
    left = len(rows) - _SHOWN
    return [*lines, f"  {left} more {'row is' if left == 1 else 'rows are'} no nearer"] if left > 0 else lines


def why_rows(table: Table, facts: Facts) -> str:
    """What the hit policy made of the rows, when all that they share is so."""
    hits = hits_of(table, answers_of(table.rows, facts))
    if hits.fault:
        return f"it fails: {hits.fault}"
    if hits.open:
        return f"not known: whether {say_rows(hits.open)} {'holds' if len(hits.open) == 1 else 'hold'}"
    if not hits.acting:
        return "no row of its table holds"
    return f"{say_rows(hits.acting)} {'holds' if len(hits.acting) == 1 else 'hold'}"


def nearest_change_of_rows(policy: Policy, table: Table, facts: Facts) -> Change | None:
    """The change of what one of the nearest rows asks that makes the table act; None when no single one does."""
    rows = sorted(members(policy), key=lambda member: (_far(table.rows[member.row - 1], facts), member.row))
    changes = (nearest_change(row, facts, policy) for row in rows[:_SHOWN])
    return next((change for change in changes if change), None)


def _far(row: Row, facts: Facts) -> float:
    """How far a row is from holding: the sum of how far its cells are."""
    return sum(how_far(cell, facts) for cell in row.cells)
