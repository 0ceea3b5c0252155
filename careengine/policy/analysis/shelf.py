"""All boxes of a set, laid out so that those which may meet or contain a given one are found without asking each.

As in matching, one bit of a Python integer stands for one box, and the masks of facts are joined with `&` and `|`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from careengine.policy.analysis.box import is_count, narrower

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box
    from careengine.policy.analysis.subject import Subject

MAX_RIVALS = 128  # boxes that a policy is compared with at most, each way; only very large, very broad sets reach it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One policy with its boxes, and where these stand on the shelf."""

    policy: Policy
    boxes: tuple[Box, ...]
    places: range


@dataclass(slots=True)
class Shelf:
    """The boxes of the live policies."""

    entries: list[Entry] = field(default_factory=list)
    owners: list[Entry] = field(default_factory=list)  # by place
    _boxes: list[Box] = field(default_factory=list)
    _bound: dict[Subject, int] = field(default_factory=lambda: defaultdict(int))
    _listed: dict[Subject, int] = field(default_factory=lambda: defaultdict(int))
    _named: dict[tuple[Subject, Any], int] = field(default_factory=lambda: defaultdict(int))
    _alike: dict[frozenset[Subject], int] = field(default_factory=lambda: defaultdict(int))
    _fewer: dict[frozenset[Subject], int] = field(default_factory=dict)  # told of the full shelf
    _sorts: dict[Hashable, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, policy: Policy, boxes: Sequence[Box], sorts: Sequence[Hashable] = ()) -> None:
        """Put a policy's boxes on the shelf, under these sorts."""
        places = range(len(self._boxes), len(self._boxes) + len(boxes))
        entry = Entry(policy=policy, boxes=tuple(boxes), places=places)
        self.entries.append(entry)
        for place, box in zip(places, boxes, strict=True):
            self._boxes.append(box)
            self.owners.append(entry)
            self._index(1 << place, box)
        mask = sum(1 << place for place in places)
        for sort in sorts:
            self._sorts[sort] |= mask

    def _index(self, bit: int, box: Box) -> None:
        self._alike[frozenset(box.sets)] |= bit
        for subject, values in box.sets.items():
            self._bound[subject] |= bit
            if values.values is not None:
                self._listed[subject] |= bit
                for value in values.values:
                    self._named[subject, value] |= bit

    def sort(self, name: Hashable) -> int:
        """The boxes of one sort."""
        return self._sorts.get(name, 0)

    def sorts(self, fits: Callable[[Any], bool]) -> int:
        """The boxes of all sorts that fit."""
        return reduce(or_, (mask for name, mask in self._sorts.items() if fits(name)), 0)

    def containing(self, place: int, among: int) -> Iterator[int]:
        """The boxes that hold all that the box at a place holds, itself aside."""
        box = self._boxes[place]
        mask = among & self._no_more_subjects(box) & ~(1 << place)
        for subject, values in box.sets.items():
            if mask and values.values is not None:
                named = reduce(and_, (self._named.get((subject, value), 0) for value in values.values))
                mask &= named | ~self._listed[subject]
        return (other for other in self._some(place, mask) if box.within(self._boxes[other]))

    def meeting(self, place: int, among: int) -> Iterator[tuple[int, Box]]:
        """The boxes that may share an event with the box at a place, and what they share."""
        box = self._boxes[place]
        mask = among & ~(1 << place)
        for subject, values in box.sets.items():
            if mask and values.values is not None:
                named = reduce(or_, (self._named.get((subject, value), 0) for value in values.values))
                mask &= named | ~self._listed[subject]
        near = (other for other in self._some(place, mask) if not box.apart(self._boxes[other]))
        shared = ((other, box.meet(self._boxes[other])) for other in near)
        return ((other, both) for other, both in shared if not both.empty)

    def _some(self, place: int, mask: int) -> Iterator[int]:
        """The boxes of a mask, as many as are this box's share of what its policy is compared with."""
        share = -(-MAX_RIVALS // len(self.owners[place].boxes))
        return islice(bits(mask), share)

    def _no_more_subjects(self, box: Box) -> int:
        subjects = frozenset(box.sets)
        if subjects not in self._fewer:
            counts = [subject for subject in subjects if is_count(subject)]
            fewer = (
                mask
                for alike, mask in self._alike.items()
                if alike <= subjects or (counts and _all_kin(alike - subjects, counts))
            )
            self._fewer[subjects] = reduce(or_, fewer, 0)
        return self._fewer[subjects]


def _all_kin(others: Iterable[Subject], counts: Sequence[Subject]) -> bool:
    """Whether each of the others is a count that one of these may tell something of."""
    return all(is_count(other) and any(_kin(other, count) for count in counts) for other in others)


def _kin(one: Subject, other: Subject) -> bool:
    if one.query is None or other.query is None:
        return False
    return narrower(one.query, other.query) or narrower(other.query, one.query)


def bits(mask: int) -> Iterator[int]:
    """The places in a mask, the first first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
