"""Contexts in which hard words are not meant for whom they seem to: quoting, reporting, praise, denial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine_conduct.match import Matcher
from careengine_conduct.spot import blocks, tries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.language import Guard, Language, Option
    from careengine_conduct.spot import Block, Spot
    from careengine_conduct.view import View

_QUOTE, _QUOTED = "quoted", 0.4
_ENDS = frozenset({"end", "but"})  # what comes before a `but`, or an `and you`, is not said of what comes after it
_LONGEST_QUOTE = 40  # words
_TELLS = 2  # words beside a quotation; fewer do not say whose words it holds
_UNREAD = frozenset({"end", "comma", "sign", "number"})


Hits = dict[str, set[int]]


def guard_hits(view: View, language: Language, where: Iterable[Block]) -> Hits:
    """Where the forms of each guard stand, by the guard's id."""
    return _stand(view, language, language.guard_forms, where) | {_QUOTE: _quotations(view, language)}


def _stand(
    view: View, language: Language, written: Mapping[str, Sequence[Option[Guard]]], where: Iterable[Block]
) -> Hits:
    found: Hits = {guard.id: set() for guard in language.guards}
    match = Matcher(view).match
    for place, _, forms in tries(view, language, written, where):
        for guard, form, _ in forms:
            hits = found[guard.id]
            known = hits if guard.absent else place in hits  # where an absent one stands makes no difference
            if not known and match(form, place) is not None:
                hits.add(place)
    return found


def unguarded(view: View, language: Language, spots: Sequence[Spot]) -> list[Spot]:
    """Of hard words those against which no guard speaks that minds them."""
    if not spots or not language.hard_forms:
        return list(spots)
    hits = _stand(view, language, language.hard_forms, blocks(view, language))
    guards = [guard for guard in language.guards if hits[guard.id]]
    return [one for one in spots if not any(_applies(view, guard, hits[guard.id], one) for guard in guards)]


def weigh(view: View, language: Language, hits: Hits, spot: Spot) -> tuple[float, tuple[str, ...]]:
    """What is left of the confidence in the spot, as a factor, and the guards that took from it."""
    factor = 1.0
    applied = []
    if _quoted(view, hits[_QUOTE], spot):
        factor *= _QUOTED
        applied.append(_QUOTE)
    for guard in language.guards:
        if not guard.spares.isdisjoint((spot.rule.category, spot.rule.kind)):
            continue
        if _applies(view, guard, hits[guard.id], spot):
            factor *= guard.factor
            applied.append(guard.id)
    return factor, tuple(applied)


def _applies(view: View, guard: Guard, hits: set[int], spot: Spot) -> bool:
    if guard.absent:
        return not hits and len(view.words) > guard.within
    return bool(hits) and not hits.isdisjoint(_places(view, guard, spot))


def _quotations(view: View, language: Language) -> set[int]:
    """Where quotation marks stand; none count where what is said beside them cannot tell that they quote somebody."""
    marks = {*view.places("quote")}
    inside = telling = False
    beside = 0
    for at, word in enumerate(view.words) if marks else ():
        if at in marks:
            inside = not inside
        elif not inside and _UNREAD.isdisjoint(view.tags[at]):
            beside += 1
            telling = telling or word not in language.hints
            if telling and beside >= _TELLS:
                return marks
    return set()


def _quoted(view: View, marks: set[int], spot: Spot) -> bool:
    """Whether a quotation mark stands on both sides within the message, more than the bare words being in it."""
    before = range(spot.first, max(-1, spot.first - _LONGEST_QUOTE), -1)
    after = range(spot.last, min(len(view.words), spot.last + _LONGEST_QUOTE))
    return all(sum(place in marks for place in places) % 2 == 1 for places in (before, after))


def _places(view: View, guard: Guard, spot: Spot) -> Iterator[int]:
    match guard.where:
        case "before":
            yield from _until_end(view, range(spot.first - 1, max(0, spot.first - 1 - guard.within), -1))
        case "after":
            stop = min(len(view.words), spot.anchor + 1 + guard.within)
            yield from _until_end(view, range(spot.anchor + 1, stop))
        case "sentence":
            yield from _until_end(view, range(spot.anchor, max(0, spot.anchor - guard.within), -1))
            yield from _until_end(view, range(spot.anchor + 1, min(len(view.words), spot.anchor + guard.within)))
        case _:
            reach = range(max(0, spot.anchor - guard.within), min(len(view.words), spot.anchor + guard.within))
            yield from reach


def _until_end(view: View, places: range) -> Iterator[int]:
    for place in places:
        tags = view.tags[place]
        if not _ENDS.isdisjoint(tags) or ("and" in tags and "addressee" in view.tags[place + 1]):
            return
        yield place
