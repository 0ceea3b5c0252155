"""Whom hard words are meant for, where the grammar alone does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from careengine_conduct.spot import Spot
    from careengine_conduct.view import View

_BACK = 30  # words in which somebody was named before `he` or `she`
_ON = 10  # words in which it is said where somebody works
_AT_WORK = {"pronoun": frozenset({"staff"}), "person": frozenset({"staff", "service"})}


class Aim(NamedTuple):
    """The target, and how sure that is: 1 for what grammar tells."""

    target: str
    sure: float


def aim(view: View, spot: Spot) -> Aim:
    """The target of a spot: `he` is an employee when one is named near by, `the man` also when their work is."""
    at_work = _AT_WORK.get(spot.rule.target)
    if at_work is None:
        return Aim(spot.rule.target or "unknown", 1.0)
    places = range(spot.last, max(-1, spot.first - _BACK), -1)
    after = range(spot.last, min(len(view.words), spot.last + _ON))
    near = (tags for place in (*places, *after) for _, tags in view.readings(place))
    if any(not at_work.isdisjoint(tags) for tags in near):
        return Aim("staff", 1.0)
    return Aim("third_party", 0.4)
