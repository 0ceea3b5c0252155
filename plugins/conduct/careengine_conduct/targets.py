"""Whom hard words are meant for, where the grammar alone does not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from careengine_conduct.spot import Spot
    from careengine_conduct.view import View

_BACK = 30  # words in which somebody was named before `he` or `she`


class Aim(NamedTuple):
    """The target, and how sure that is: 1 for what grammar tells."""

    target: str
    sure: float


def aim(view: View, spot: Spot) -> Aim:
    """The target of a spot; a pronoun is an employee when one was named shortly before, else a third party."""
    if spot.rule.target != "pronoun":
        return Aim(spot.rule.target or "unknown", 1.0)
    places = range(spot.last, max(-1, spot.first - _BACK), -1)
    if any("staff" in view.tags[place] for place in places):
        return Aim("staff", 1.0)
    return Aim("third_party", 0.4)
