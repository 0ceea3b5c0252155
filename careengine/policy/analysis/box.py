"""A box: facts that must all hold at once, each as a set of values. A policy is a few boxes, any one of which will do.

A box never leaves out an event on which its policy matches; it may take in more (what could not be told of as a set
of values stands in `opaque`, and is only ever compared with its like).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.model.history import UNDONE
from careengine.policy.analysis.values import Range, lies_within, met

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.history import HistoryQuery
    from careengine.policy.analysis.subject import Subject
    from careengine.policy.analysis.values import Values

_NARROWING = ("same", "direction", "channel", "family", "category", "policy", "distinct", "half_life")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """`sets` says what each fact may be, `present` and `missing` name fields, `opaque` holds all that is left."""

    sets: Mapping[Subject, Values] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    opaque: frozenset[object] = frozenset()

    def meet(self, other: Box) -> Box:
        """What holds when both do."""
        sets = dict(self.sets)
        for subject, values in other.sets.items():
            have = sets.get(subject)
            sets[subject] = values if have is None else met(have, values)
        return Box(
            sets=sets,
            present=self.present | other.present,
            missing=self.missing | other.missing,
            opaque=self.opaque | other.opaque,
        )

    @property
    def empty(self) -> bool:
        """Whether for certain nothing fits."""
        if self.present & self.missing or any(values.empty for values in self.sets.values()):
            return True
        return any(_disorder(few, many) for few, many in self._counts())

    def within(self, other: Box) -> bool:
        """Whether for certain everything that fits here fits there."""
        for subject, values in other.sets.items():
            have = self.sets.get(subject)
            if (have is None or not lies_within(have, values)) and not self._counts_say(subject, values):
                return False
        return other.present <= self.present and other.missing <= self.missing and other.opaque <= self.opaque

    def _counts(self) -> Iterator[tuple[Range, Range]]:
        """Pairs of counts of which the first can never be above the second."""
        counts = list(self._counted())
        for few, low in counts:
            for many, high in counts:
                if few is not many and narrower(few, many):
                    yield low, high

    def _counted(self) -> Iterator[tuple[HistoryQuery, Range]]:
        for subject, values in self.sets.items():
            if is_count(subject) and subject.query is not None and isinstance(values, Range):
                yield subject.query, values

    def _counts_say(self, subject: Subject, values: Values) -> bool:
        """Whether a count is among some values because narrower ones are so high, or wider ones so low."""
        if not is_count(subject) or subject.query is None or not isinstance(values, Range) or not values.unbroken:
            return False
        least, most, query = values.least, values.most, subject.query
        counts = list(self._counted())
        enough = not least or any(narrower(few, query) and (have.least or 0) >= least for few, have in counts)
        if most is None or not enough:
            return enough
        return any(narrower(query, many) and have.most is not None and have.most <= most for many, have in counts)


def is_count(subject: Subject) -> bool:
    """Whether the fact is a count over history."""
    return subject.query is not None and subject.query.function == "count"


def _disorder(few: Range, many: Range) -> bool:
    return few.least is not None and many.most is not None and bool(few.least > many.most)


def narrower(few: HistoryQuery, many: HistoryQuery) -> bool:
    """Whether all that one query counts is for certain counted by the other."""
    if few.kind != many.kind or few.distinct_gap != many.distinct_gap:
        return False
    if any(getattr(many, name) not in (None, getattr(few, name)) for name in _NARROWING):
        return False
    undone = few.status is None or few.status in UNDONE
    if few.status != many.status and (many.status is not None or undone):
        return False
    severe = many.severity_at_least is None or (few.severity_at_least or 0) >= many.severity_at_least
    return severe and (many.within is None or (few.within is not None and few.within <= many.within))
