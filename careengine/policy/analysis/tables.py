"""Rows of one table against each other: two that hold at once, one that is never reached, and events for which none is.

Facts are cut into parts (`axes`), and what is said of parts is shown by an event that was asked of the rows. Facts
that cannot be cut are left out, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import chain, islice, product
from operator import and_
from typing import TYPE_CHECKING

from careengine.model.condition import AllOf
from careengine.model.table import ANY, COLLECT, FIRST, POINTER, UNIQUE, Table, members
from careengine.policy.analysis.axes import axes_of
from careengine.policy.analysis.example import example_of, shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy
    from careengine.policy.analysis.axes import Axes, Part
    from careengine.policy.analysis.box import Box
    from careengine.policy.analysis.example import Example

MAX_STEPS = 200_000  # parts that are looked at to find one gap, or one way to a row
_TRIES = 64  # examples: facts may depend on each other, and not every event of the parts can be


class _TooMany(Exception):  # noqa: N818  no failure: the limit is told
    """The search for a gap was given up."""


def table_findings(policy: Policy, catalogue: Catalogue) -> Iterator[Finding]:
    """What the rows of a policy's table show together; nothing of a policy without one."""
    table = policy.outcome
    if not isinstance(table, Table):
        return
    rows = members(policy)
    bare = replace(rows[0], when=table.shared or AllOf(pointer="", items=()))
    looks = [_Look(policy, table, rows, bare, box, axes_of(rows, box), catalogue) for box in matching(bare)]
    found: dict[tuple[str, ...], Finding] = {}
    for finding in chain(*(look.findings() for look in looks), _never_reached(table, looks)):
        key = (finding.code, finding.pointer, finding.message if finding.code == "CE715" else "")
        found.setdefault(key, finding)
    yield from found.values()


def _never_reached(table: Table, looks: Sequence[_Look]) -> Iterator[Finding]:
    """Under `first`, the rows to which no way is open wherever they hold."""
    for number in range(1, len(table.rows) if table.hit == FIRST else 0):
        holding = [look for look in looks if look.holds(number)]
        try:
            if holding and not any(look.is_reached(number) for look in holding):
                yield holding[0].never_reached(number)
        except _TooMany:
            yield holding[0].not_compared(f"more than {MAX_STEPS} ways to row {number + 1} were looked at")


@dataclass(slots=True)
class _Look:
    """The rows of a table seen within one box of what they share."""

    policy: Policy
    table: Table
    rows: Sequence[Policy]
    bare: Policy
    around: Box
    axes: Axes
    catalogue: Catalogue
    _steps: int = field(default=0)

    def findings(self) -> Iterator[Finding]:
        """Overlaps, one gap, and what could not be looked at."""
        yield from (self.not_compared(why) for why in self.axes.why)
        if self.table.hit in (UNIQUE, ANY):
            yield from self._overlaps()
        if self.table.hit != COLLECT:  # where every row that holds acts, none need
            try:
                yield from self._gap()
            except _TooMany:
                yield self.not_compared(f"more than {MAX_STEPS} combinations of their parts were looked at for a gap")

    def _overlaps(self) -> Iterator[Finding]:
        places = [[self._places(axis, number) for axis in self.axes.parts] for number in range(len(self.rows))]
        for later, row in enumerate(self.rows):
            for earlier in range(later):
                other = self.rows[earlier]
                if (self.table.hit == ANY and row.outcome == other.outcome) or self._is_unsure(earlier, later):
                    continue
                shared = [one & two for one, two in zip(places[earlier], places[later], strict=True)]
                if all(shared) and (example := self._shown(shared, other, row)):
                    yield self._overlap(earlier + 1, row, example)
                    break

    def _places(self, axis: Sequence[Part], number: int) -> int:
        """The parts of one fact on which a row holds, as a mask."""
        return sum(1 << at for at, part in enumerate(axis) if part.holds >> number & 1)

    def _is_unsure(self, *numbers: int) -> bool:
        return any(self.axes.unsure >> number & 1 for number in numbers)

    def _shown(self, places: Sequence[int], *both: Policy) -> Example | None:
        """An event on these parts of each fact on which the policies match."""
        chosen = (
            [part for at, part in enumerate(axis) if mask >> at & 1]
            for axis, mask in zip(self.axes.parts, places, strict=True)
        )
        boxes = [self._meet(way) for way in islice(product(*chosen), _TRIES)]
        return shown_by((box for box in boxes if not box.empty), self.catalogue, *both)

    def _meet(self, way: Sequence[Part]) -> Box:
        return reduce(lambda box, part: box.meet(part.box), way, self.around)

    def holds(self, number: int) -> bool:
        """Whether a row holds on some part of each fact; one that nowhere does is told of otherwise."""
        return all(any(part.holds >> number & 1 for part in axis) for axis in self.axes.parts)

    def is_reached(self, number: int) -> bool:
        """Whether a row holds anywhere where none above it may, of those that can be compared. Raises _TooMany."""
        self._steps = 0
        above = ((1 << number) - 1) & ~self.axes.unsure
        return next(self._open_ways(self._own(number), above, 0, set()), None) is not None

    def _own(self, number: int) -> list[list[Part]]:
        return [[part for part in axis if part.holds >> number & 1] for axis in self.axes.parts]

    def _open_ways(
        self, axes: Sequence[Sequence[Part]], left: int, at: int, closed: set[tuple[int, int]]
    ) -> Iterator[tuple[Part, ...]]:
        """Parts, one of each fact from `at` on, on which none of the rows that are left may hold."""
        if at == len(axes):
            if not left:
                yield ()
            return
        if (at, left) in closed:
            return
        nothing = True
        for part in axes[at]:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise _TooMany
            for rest in self._open_ways(axes, left & part.may, at + 1, closed):
                nothing = False
                yield (part, *rest)
        if nothing:
            closed.add((at, left))

    def _gap(self) -> Iterator[Finding]:
        self._steps = 0
        everyone = (1 << len(self.rows)) - 1
        alone = [
            replace(row, when=AllOf(pointer="", items=own.cells), unless=None)
            for row, own in zip(self.rows, self.table.rows, strict=True)
        ]
        doubt = 0
        for way in self._open_ways(self.axes.parts, everyone, 0, set()):
            box = self._meet(way)
            if box.empty:
                continue  # facts that depend on each other, such as counts of 7 and of 30 days
            example = example_of(box, self.catalogue)
            if example and example.matches(self.bare) and example.fails(*alone):
                yield self._no_row(way, example)
                return
            doubt += 1
            if doubt == _TRIES:
                break
        if doubt:
            yield self.not_compared("there may be a gap, but no event that shows it could be made")

    def _no_row(self, way: Sequence[Part], example: Example) -> Finding:
        return Finding(
            code="CE714",
            policy=self.policy,
            pointer=POINTER,
            message=f"no row holds {_say(way)}",
            suggestion="add a row for it, or a last row of `-` for all other cases",
            example=example,
        )

    def _overlap(self, earlier: int, row: Policy, example: Example) -> Finding:
        may = "only one row of it may" if self.table.hit == UNIQUE else "they ask for different things"
        return Finding(
            code="CE712",
            policy=row,
            pointer=f"{POINTER}/{row.row - 1}",
            message=f"rows {earlier} and {row.row} can hold at once, and {may}",
            suggestion="let one end where the other begins, or use the hit policy `first`",
            example=example,
            severity="error",
        )

    def never_reached(self, number: int) -> Finding:
        """The finding for a row to which no way is open."""
        row, own = self.rows[number], self._own(number)
        everywhere = reduce(and_, (part.holds for axis in own for part in axis), (1 << number) - 1)
        one = (everywhere & -everywhere).bit_length()
        above = f"row {one} does" if one else "one of the rows above does, or is not known"
        return Finding(
            code="CE713",
            policy=row,
            pointer=f"{POINTER}/{number}",
            message=f"row {row.row} is never reached: whenever it holds, {above}",
            suggestion="move it up, or delete it",
            example=self._shown([self._places(axis, number) for axis in self.axes.parts], row),
        )

    def not_compared(self, why: str) -> Finding:
        """What keeps the analysis from being sure."""
        return Finding(
            code="CE715",
            policy=self.policy,
            pointer=POINTER,
            message=f"its rows are not fully compared: {why}",
            suggestion="move such tests into `when`, or split the table",
        )


def _say(way: Sequence[Part]) -> str:
    """Parts in words: ``when `customer.tier` is standard and `failure.days_late` is above 3``."""
    return f"when {' and '.join(part.says for part in way)}" if way else "at all"
