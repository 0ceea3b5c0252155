"""The hit policy of a decision table: which of its rows act, given what is known of each.

What a table does with a fact missing it would also do whatever the fact turned out to be (`collect` aside, where every
row stands for itself). So a row that is not known to hold or not may leave the whole table undecided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.table import ANY, COLLECT, FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The rows that act, those whose missing facts keep the table from acting, or why it fails; rows count from 1."""

    acting: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    fault: str = ""


def hits_of(table: Table, answers: Sequence[bool | None]) -> Hits:
    """What the hit policy makes of the rows' answers, true, false or unknown, in their order.

    `first`: the first row that is not false decides; when it is unknown, nothing acts. `unique`: a row acts when all
    others are false. `any`: one of the rows that are true, if none that is true or unknown asks for something else.
    `collect`: every row that is true. Answers that are left out at the end count as false.
    """
    true = tuple(number for number, answer in enumerate(answers, 1) if answer)
    unknown = tuple(number for number, answer in enumerate(answers, 1) if answer is None)
    if table.hit == COLLECT:
        return Hits(acting=true, open=() if true else unknown)
    if table.hit == FIRST:
        return _first(true, unknown)
    return _any(table, true, unknown) if table.hit == ANY else _unique(true, unknown)


def _first(true: tuple[int, ...], unknown: tuple[int, ...]) -> Hits:
    before = unknown if not true else tuple(number for number in unknown if number < true[0])
    return Hits(open=before) if before else Hits(acting=true[:1])


def _unique(true: tuple[int, ...], unknown: tuple[int, ...]) -> Hits:
    if len(true) > 1:
        return Hits(fault=f"its {say_rows(true)} hold at once, and only one row of it may")
    return Hits(open=unknown) if unknown else Hits(acting=true)


def _any(table: Table, true: tuple[int, ...], unknown: tuple[int, ...]) -> Hits:
    if not true:
        return Hits(open=unknown)
    wanted = table.rows[true[0] - 1].outcome
    if any(table.rows[number - 1].outcome != wanted for number in true):
        return Hits(fault=f"its {say_rows(true)} hold at once and ask for different things")
    against = tuple(number for number in unknown if table.rows[number - 1].outcome != wanted)
    return Hits(open=against) if against else Hits(acting=true[:1])


def say_rows(numbers: Sequence[int]) -> str:
    """`row 3`, or `rows 2, 3 and 5`."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(str(number) for number in numbers[:-1])} and {numbers[-1]}"
