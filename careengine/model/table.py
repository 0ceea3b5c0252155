"""Decision tables: rows of conditions with an outcome each, and the hit policy that says which of them act.

A table is no other kind of rule. Each row is a policy of its own (`members`): the conditions that all rows share and
what its cells ask, in the same condition tree as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, AnyOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.condition import Condition
    from careengine.model.policy import Outcome, Policy

UNIQUE, FIRST, ANY, COLLECT = "unique", "first", "any", "collect"
POINTER = "/table/rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: what its cells ask, all of which must be true (nothing: in every case), and what it then does."""

    cells: tuple[Condition, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows under a hit policy: unique, first, any or collect.

    `shared` is what must be so for every row, `inputs` name the facts that the columns look at (a field's path or a
    query's key), `outputs` the places of the outcome that the rows fill, such as `offer.amount`. `memo` is as that of
    a policy.
    """

    hit: str
    shared: Condition | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def when(self) -> Condition:
        """True when the shared conditions and those of any row are; under `first` and the like no row need act yet."""
        rows = (AllOf(pointer=_pointer(number), items=row.cells) for number, row in enumerate(self.rows, 1))
        return AllOf(pointer="/table", items=(*tops(self.shared), AnyOf(pointer=POINTER, items=tuple(rows))))


def tops(condition: Condition | None) -> Sequence[Condition]:
    """The conditions that must all be true for one to be so."""
    if condition is None:
        return ()
    return condition.items if isinstance(condition, AllOf) else (condition,)


def members(policy: Policy) -> Sequence[Policy]:
    """What is matched of a policy: itself, or, of a table, each row as a policy with the table's id and its number."""
    table = policy.outcome
    if not isinstance(table, Table):
        return (policy,)
    shared = tops(table.shared)
    return [
        replace(
            policy,
            when=AllOf(pointer=_pointer(number), items=(*shared, *row.cells)),
            outcome=row.outcome,
            row=number,
            row_of=table,
        )
        for number, row in enumerate(table.rows, 1)
    ]


def place_in_row(policy: Policy, pointer: str) -> str:
    """Where a part of a row's outcome stands: its cell, or else the row; other pointers are as they are."""
    if policy.row_of is None or pointer.startswith(("/table", "/when", "/unless")):
        return pointer
    path = pointer[1:].replace("/", ".")
    row, outputs = _pointer(policy.row), policy.row_of.outputs
    return f"{row}/{len(policy.row_of.inputs) + outputs.index(path)}" if path in outputs else row


def input_of(pointer: str) -> int | None:
    """The number, from 0, of the input whose cell a test's pointer names; None for a test outside of the rows."""
    parts = pointer.removeprefix(f"{POINTER}/").split("/")
    return int(parts[1]) if pointer.startswith(f"{POINTER}/") and len(parts) > 1 else None


def _pointer(number: int) -> str:
    return f"{POINTER}/{number - 1}"
