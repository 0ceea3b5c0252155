"""All boxes of a set, laid out so that those which may meet or contain a given one are found without asking each.

As in matching, one bit of a Python integer stands for one box, and the masks of facts are joined with `&` and `|`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import or_
from typing import TYPE_CHECKING, Any

from careengine.policy.analysis.box import is_count, narrower
from careengine.policy.analysis.known import Known
from careengine.policy.index import Named
from careengine.policy.masks import bits_of, mask_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box
    from careengine.policy.analysis.subject import Subject
    from careengine.policy.analysis.values import Values

MAX_RIVALS = 128  # boxes that a policy is compared with at most, each way, of those that nothing known keeps apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One policy with its boxes, and where these stand on the shelf."""

    policy: Policy
    boxes: tuple[Box, ...]
    places: range


@dataclass(slots=True)
class _ByName:
    """The boxes under each name; a mask is kept for those names only that many boxes are under."""

    places: dict[Any, list[int]] = field(default_factory=lambda: defaultdict(list))
    _masks: Named | None = None

    def any_of(self, names: Iterable[Any], size: int) -> int:
        """The boxes, out of `size`, under at least one of the names."""
        if self._masks is None:
            self._masks = Named.build(size, 0, self.places, {})
        return reduce(or_, map(self._masks.of, names), 0)


@dataclass(slots=True)
class Shelf:
    """The boxes of the live policies: all are added before the first is looked for."""

    entries: list[Entry] = field(default_factory=list)
    owners: list[Entry] = field(default_factory=list)  # by place
    cut: list[Entry] = field(default_factory=list)  # those that were not compared with all that they may have met
    _boxes: list[Box] = field(default_factory=list)
    _said: dict[Subject, dict[int, Values]] = field(default_factory=lambda: defaultdict(dict))
    _known: dict[Subject, Known] = field(default_factory=dict)
    _present: _ByName = field(default_factory=_ByName)
    _missing: _ByName = field(default_factory=_ByName)
    _alike: dict[frozenset[Subject], list[int]] = field(default_factory=lambda: defaultdict(list))
    _fewer: dict[frozenset[Subject], int] = field(default_factory=dict)
    _sorts: _ByName = field(default_factory=_ByName)

    def add(self, policy: Policy, boxes: Sequence[Box], sorts: Sequence[Hashable] = ()) -> None:
        """Put a policy's boxes on the shelf, under these sorts."""
        places = range(len(self._boxes), len(self._boxes) + len(boxes))
        entry = Entry(policy=policy, boxes=tuple(boxes), places=places)
        self.entries.append(entry)
        for place, box in zip(places, boxes, strict=True):
            self._boxes.append(box)
            self.owners.append(entry)
            self._alike[frozenset(box.sets)].append(place)
            for subject, values in box.sets.items():
                self._said[subject][place] = values
            for name in box.present:
                self._present.places[name].append(place)
            for name in box.missing:
                self._missing.places[name].append(place)
        for sort in sorts:
            self._sorts.places[sort] += places

    def _of(self, subject: Subject) -> Known:
        if subject not in self._known:
            self._known[subject] = Known.build(self._said[subject], len(self._boxes))
        return self._known[subject]

    def sort(self, name: Hashable) -> int:
        """The boxes of one sort."""
        return self._sorts.any_of((name,), len(self._boxes))

    def sorts(self, fits: Callable[[Any], bool]) -> int:
        """The boxes of all sorts that fit."""
        return self._sorts.any_of(filter(fits, self._sorts.places), len(self._boxes))

    def containing(self, place: int, among: int) -> Iterator[int]:
        """The boxes that hold all that the box at a place holds, itself aside."""
        box, size = self._boxes[place], len(self._boxes)
        mask = among & self._no_more_subjects(box) & ~(1 << place)
        mask &= ~self._present.any_of(self._present.places.keys() - box.present, size)
        mask &= ~self._missing.any_of(self._missing.places.keys() - box.missing, size)
        counts = sum(map(is_count, box.sets))
        for subject, values in box.sets.items():
            if mask and not (counts > 1 and is_count(subject)):  # one count may tell of another
                known = self._of(subject)
                mask &= known.free | known.holding(values)
        return (other for other in self._some(place, mask) if box.within(self._boxes[other]))

    def meeting(self, place: int, among: int) -> Iterator[tuple[int, Box]]:
        """The boxes that may share an event with the box at a place, and what they share."""
        box, size = self._boxes[place], len(self._boxes)
        mask = among & ~(1 << place)
        mask &= ~self._missing.any_of(box.present, size)
        mask &= ~self._present.any_of(box.missing, size)
        for subject, values in box.sets.items():
            if mask:
                known = self._of(subject)
                mask &= known.free | known.meeting(values)
        shared = ((other, box.meet(self._boxes[other])) for other in self._some(place, mask))
        return ((other, both) for other, both in shared if not both.empty)

    def _some(self, place: int, mask: int) -> Iterator[int]:
        """The boxes of a mask, as many as are this box's share of what its policy is compared with."""
        entry = self.owners[place]
        share = -(-MAX_RIVALS // len(entry.boxes))
        for number, other in enumerate(bits_of(mask)):
            if number == share:
                self.cut.append(entry)
                return
            yield other

    def _no_more_subjects(self, box: Box) -> int:
        subjects = frozenset(box.sets)
        if subjects not in self._fewer:
            counts = [subject for subject in subjects if is_count(subject)]
            fewer = (
                places
                for alike, places in self._alike.items()
                if alike <= subjects or (counts and _all_kin(alike - subjects, counts))
            )
            self._fewer[subjects] = mask_of(chain(*fewer), len(self._boxes))
        return self._fewer[subjects]


def _all_kin(others: Iterable[Subject], counts: Sequence[Subject]) -> bool:
    """Whether each of the others is a count that one of these may tell something of."""
    return all(is_count(other) and any(_kin(other, count) for count in counts) for other in others)


def _kin(one: Subject, other: Subject) -> bool:
    if one.query is None or other.query is None:
        return False
    return narrower(one.query, other.query) or narrower(other.query, one.query)
