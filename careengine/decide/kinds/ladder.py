"""Which step of a ladder is reached, and which still is when an incident turns out to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.logic import evaluate

if TYPE_CHECKING:
    from careengine.model.facts import Facts
    from careengine.model.protection import Protection, Rung
    from careengine.model.restrictions import Standing

CONFIRMED = "incident.confirmed"


def reached(protection: Protection, facts: Facts) -> Rung | None:
    """The highest step that this event reaches: counts rise when an incident is confirmed, a threat is one at once."""
    for rung in reversed(protection.ladder):
        if (facts.event == CONFIRMED or not rung.incidents) and evaluate(rung.when, facts):
            return rung
    return None


def still_reached(protection: Protection, standing: Standing, without: str) -> Rung | None:
    """The highest step that the incidents reach that are left, as of when the restriction was proposed."""
    at = [one.at for one in standing.counted if one.incident != without]
    for rung in reversed(protection.ladder):
        if rung.within and sum(standing.as_of - rung.within < one <= standing.as_of for one in at) >= rung.incidents:
            return rung
    return None
