"""Cuts the values that one fact may have into parts on which each of some tests gives one and the same answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

from careengine.model.value import Moment, say_instant
from careengine.policy.analysis.values import Choice, Range, Tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine.policy.analysis.subject import Subject
    from careengine.policy.analysis.values import Values

_MOST_TAGS = 6  # tags that the lists are told apart by: 64 parts
_OTHERS = ("example", "another", "something else", "none of these")


class NotCompared(Exception):  # noqa: N818  no failure: the analysis has met its limits and says so
    """Why the values of a fact cannot be cut into parts."""


def single_values(
    fact: str, sets: Sequence[Values], near: Values | None, subject: Subject
) -> Iterable[tuple[Values, str]]:
    """A single value for each part of a fact's values, and which values it stands for. Raises NotCompared.

    `sets` are what the tests of the fact leave of it, all of one sort; `near` is what is known of it beforehand.
    """
    if isinstance(sets[0], Tags):
        return _tag_parts(fact, [values for values in sets if isinstance(values, Tags)])
    if isinstance(sets[0], Choice):
        return _choice_parts(fact, [v for v in (*sets, near) if isinstance(v, Choice)], subject)
    return _range_parts(fact, [v for v in (*sets, near) if isinstance(v, Range)])


def _choice_parts(fact: str, sets: Sequence[Choice], subject: Subject) -> Iterator[tuple[Choice, str]]:
    field = subject.field
    is_boolean, allowed = field is not None and field.type == "boolean", field.allowed if field else ()
    fixed = is_boolean or bool(allowed)
    if any(values.words for values in sets) and not fixed:
        raise NotCompared(f"the cells of `{fact}` test words")
    named = {value for values in sets for value in (*(values.only or ()), *values.never)}
    named |= {True, False} if is_boolean else set(allowed)
    for value in sorted(named, key=str):
        yield Choice(only=frozenset({value})), f"is {str(value).lower() if isinstance(value, bool) else value}"
    if not fixed:
        other = next(text for text in _OTHERS if text not in named)
        yield Choice(only=frozenset({other})), "is none of those that the table names"


def _range_parts(fact: str, sets: Sequence[Range]) -> Iterator[tuple[Range, str]]:
    units = {values.unit for values in sets}
    if len(units) > 1:
        raise NotCompared(f"the cells of `{fact}` are of several currencies")
    named = (*(v for v in sets for v in (v.low, v.high)), *(v for s in sets for v in (*(s.only or ()), *s.never)))
    points = sorted({point for point in named if point is not None})
    whole, unit = any(values.whole for values in sets), units.pop()

    def said(point: Any) -> str:
        if isinstance(point, timedelta):
            return f"{Moment(shift=point)}"
        return say_instant(point) if isinstance(point, datetime) else f"{point} {unit}".rstrip()

    for value, low, high in _around(points, whole=whole):
        if value == low:
            says = f"is {said(value)}"
        else:
            ends = (("above", low), ("below", high))
            says = f"is {' and '.join(f'{word} {said(end)}' for word, end in ends if end is not None) or 'any'}"
        yield Range(low=value, high=value, unit=unit, whole=whole), says


def _around(points: Sequence[Any], *, whole: bool) -> Iterator[tuple[Any, Any, Any]]:
    """Each point, and a value before, between and behind them with the points beside it."""
    step = timedelta(hours=1) if points and not isinstance(points[0], (int, float, Decimal)) else 1
    yield (points[0] - step, None, points[0]) if points else (1, None, None)
    for at, point in enumerate(points):
        yield point, point, point
        behind = points[at + 1] if at + 1 < len(points) else None
        if behind is None or point + step < behind:
            yield point + step, point, behind
        elif not whole:
            yield point + (behind - point) / 2, point, behind


def _tag_parts(fact: str, sets: Sequence[Tags]) -> Iterator[tuple[Tags, str]]:
    some = (group for tags in sets for group in (*tags.one_of, *tags.lacks_one_of))
    named = sorted({tag for tags in sets for tag in (*tags.has, *tags.lacks)}.union(*some))
    if len(named) > _MOST_TAGS:
        raise NotCompared(f"the cells of `{fact}` name more than {_MOST_TAGS} tags")
    for size in range(len(named) + 1):
        for has in combinations(named, size):
            says = f"has {' and '.join(has)}" if has else "has none of the tags that the table names"
            yield Tags(has=frozenset(has), lacks=frozenset(named) - frozenset(has)), says
