"""Whom, or what, hard words are meant for, where a form alone does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from careengine_conduct.language import Language
    from careengine_conduct.spot import Spot
    from careengine_conduct.view import View

_BACK = 30  # words in which somebody was named before `he` or `she`
_ON = 10  # words in which it is said where somebody works
_FAR = 12  # words between hard words that are no conduct and what they are about
_NEXT = 3  # words after them in which stands what they describe: `this fucking useless app`
_NO_CONDUCT = frozenset({"criticism", "profanity"})
_SELF = "self"
_PEOPLE = {"addressee": "addressee", "staff": "staff", "person": "third_party"}
_DESCRIBED = frozenset({"product", "company", "staff"})
_AT_WORK = {"pronoun": frozenset({"staff"}), "person": frozenset({"staff", "service"})}


class Aim(NamedTuple):
    """The target, and how sure that is: 1 for what grammar tells."""

    target: str
    sure: float


def aim(view: View, spot: Spot, language: Language) -> Aim:
    """The target of a spot: `he` is an employee when one is named near by, `the man` also when their work is."""
    if spot.rule.category in _NO_CONDUCT:
        return Aim(_about(view, spot, language), 1.0)
    at_work = _AT_WORK.get(spot.rule.target)
    if at_work is None:
        return Aim(spot.rule.target or "unknown", 1.0)
    places = range(spot.last, max(-1, spot.first - _BACK), -1)
    after = range(spot.last, min(len(view.words), spot.last + _ON))
    near = (tags for place in (*places, *after) for _, tags in view.readings(place))
    if any(not at_work.isdisjoint(tags) for tags in near):
        return Aim("staff", 1.0)
    return Aim("third_party", 0.4)


def _about(view: View, spot: Spot, language: Language) -> str:
    """What swearing or criticism is about: what it describes, or the nearest before it, or else after it.

    Who swears speaks of something else: *I* is what an insult may be about, not a swear word.
    """
    skipped = _SELF if spot.rule.category == "profanity" else ""
    after = [*_named(view, range(spot.last + 1, spot.last + 1 + _FAR), language, skipped)]
    described = [meant for place, meant in after if place <= spot.last + _NEXT and meant in _DESCRIBED]
    before = (meant for _, meant in _named(view, range(spot.first - 1, spot.first - 1 - _FAR, -1), language, skipped))
    return next(iter((*described, *before, *(meant for _, meant in after))), "unknown")


def _named(view: View, places: Iterable[int], language: Language, skipped: str) -> Iterator[tuple[int, str]]:
    """Who and what is named at the places, up to the end of the sentence."""
    for place in places:
        if not 0 <= place < len(view.words) or "end" in view.tags[place]:
            return
        for word, _ in view.readings(place):
            meant = language.about.get(word) or _PEOPLE.get(language.people.get(word, ""))
            if meant and meant != skipped:
                yield place, meant
