"""The facts that a table asks about, each cut into parts on which every cell gives one and the same answer.

A part stands for all its values by one of them: the point where a range ends, a value between two such points, a named
value, a list of tags, or that the fact is missing. Whether a row holds on it is asked of the row itself. So two rows
overlap, or leave a gap, when they do so on parts, and no value can lie between them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf, AnyOf, FieldTest, Not
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.history import SAME
from careengine.model.value import Money
from careengine.policy.analysis.box import Box
from careengine.policy.analysis.cuts import NotCompared, single_values
from careengine.policy.analysis.example import USUAL
from careengine.policy.analysis.subject import NOW, bounds_of, leaves
from careengine.policy.analysis.tests_in import tests_below
from careengine.policy.analysis.values import Choice, Range
from careengine.policy.masks import mask_of
from careengine.policy.verify import compile_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Policy
    from careengine.policy.analysis.subject import Subject
    from careengine.policy.analysis.values import Values
    from careengine.policy.verify import CompiledPolicy

MAX_ASKED = 600_000  # times that cells are asked about the parts of one fact, a microsecond or two each


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some values of one fact: `box` holds the one that stands for them, `says` names them all.

    `holds` and `may` are masks of rows: those whose cells are true there, and those whose cells are not false.
    """

    box: Box
    says: str
    holds: int
    may: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The parts of every fact that could be cut; `unsure` masks the rows that ask others too, `why` says of which."""

    parts: tuple[tuple[Part, ...], ...]
    unsure: int
    why: tuple[str, ...]


def axes_of(rows: Sequence[Policy], around: Box) -> Axes:
    """The parts of every fact that the rows ask about, as far as they lie in a box."""
    asked: defaultdict[str, list[tuple[int, Condition]]] = defaultdict(list)
    for number, row in enumerate(rows):
        for cell in _cells(row):
            asked[_fact(next(tests_below(cell)))].append((number, cell))
    parts, unsure, why = [], 0, []
    for fact, cells in asked.items():
        try:
            parts.append(tuple(_parts(fact, cells, rows, around)))
        except NotCompared as limit:
            why.append(f"{limit}")
            unsure |= mask_of((number for number, _ in cells), len(rows))
    return Axes(parts=tuple(parts), unsure=unsure, why=tuple(why))


def _cells(row: Policy) -> Sequence[Condition]:
    return row.row_of.rows[row.row - 1].cells if row.row_of else ()


def _fact(test: Test) -> str:
    return test.field.path if isinstance(test, FieldTest) else test.query.key


def _parts(fact: str, cells: Sequence[tuple[int, Condition]], rows: Sequence[Policy], around: Box) -> list[Part]:
    by_row: defaultdict[int, list[Condition]] = defaultdict(list)
    for number, cell in cells:
        by_row[number].append(cell)
    tests = [test for _, cell in cells for test in tests_below(cell)]
    boxes = [(box, says) for box, says in _boxes(fact, tests, around) if not around.meet(box).empty]
    alike: defaultdict[tuple[Condition, ...], int] = defaultdict(int)  # the same cells are asked once
    for number, conditions in by_row.items():
        alike[tuple(_plain(condition) for condition in conditions)] |= 1 << number
    if len(boxes) * len(alike) > MAX_ASKED:
        raise NotCompared(f"`{fact}` is cut into {len(boxes)} parts by {len(alike)} different cells")
    free = ((1 << len(rows)) - 1) & ~mask_of(by_row, len(rows))
    asked = [
        (compile_policy(replace(rows[0], when=AllOf(pointer="", items=same), unless=None)), mask)
        for same, mask in alike.items()
    ]
    return [_part(box, f"`{fact}` {says}", fact, asked, free) for box, says in boxes]


def _plain(condition: Condition) -> Condition:
    """The condition without its place, so that equal cells are known as such."""
    if isinstance(condition, Not):
        return Not(pointer="", item=_plain(condition.item))
    if isinstance(condition, AllOf | AnyOf):
        return replace(condition, pointer="", items=tuple(_plain(item) for item in condition.items))
    return replace(condition, pointer="")


def _part(box: Box, says: str, fact: str, asked: Iterable[tuple[CompiledPolicy, int]], free: int) -> Part:
    facts = _facts(box, fact)
    holds = may = free
    for compiled, mask in asked:
        verdict = compiled.judge(facts)
        answer = verdict.result if verdict else False
        holds |= mask if answer else 0
        may |= mask if answer is not False else 0
    return Part(box=box, says=says, holds=holds, may=may)


def _facts(box: Box, fact: str) -> Facts:
    """The facts that a part stands for: one field, or the answer of one query."""
    fields: dict[str, Any] = dict.fromkeys(box.present, "known")
    history: dict[str, Any] = {}
    for subject, values in box.sets.items():
        (fields if subject.query is None else history)[fact] = _value(subject, values)
    return Facts(fields=fields, as_of=USUAL, history=RecordedHistory(history))


def _value(subject: Subject, values: Values) -> Any:
    """The one value of a part, as an event has it."""
    value: Any = values.sample() if not isinstance(values, Choice) else next(iter(values.only or ()))
    if isinstance(values, Range) and values.unit:
        return Money(Decimal(value), values.unit)
    return USUAL + value if subject.endswith(f" as {NOW}") else value


def _boxes(fact: str, tests: Sequence[Test], around: Box) -> Iterator[tuple[Box, str]]:
    """One box for each part, a single value or that the fact is missing, and which values it stands for."""
    plain = [test for test in tests if test.operator != "present"]
    if len(plain) < len(tests):
        yield Box(missing=frozenset({fact})), "is missing"
    if not plain:
        yield Box(present=frozenset({fact})), "is known"
        return
    told = [leaves(test, wanted=True) for test in plain]
    leaving = [one for one in told if one is not None]
    subjects = {subject: subject for subject, _ in leaving}
    if len(subjects) != 1 or len(leaving) < len(told):
        raise NotCompared(f"the cells of `{fact}` compare with now and fixed times, or with several currencies")
    (subject,) = subjects.values()
    query = subject.query
    present = frozenset({fact} if query is None else {"customer.id", *([SAME[query.same]] if query.same else [])})
    reach = bounds_of(plain[0])
    for values, says in single_values(fact, [values for _, values in leaving], around.sets.get(subject), subject):
        if not isinstance(values, Range) or not values.meet(reach).empty:
            yield Box(sets={subject: values}, present=present), says
