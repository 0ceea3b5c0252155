"""Which step of a ladder is reached, and which still is when an incident turns out to be none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.logic import evaluate
from careengine.model.history import CONFIRMED, EVIDENCE, why_unconfirmed

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.model.facts import Facts
    from careengine.model.protection import Protection, Rung
    from careengine.model.restrictions import Counted, Standing

_HAS_EVIDENCE = f"{EVIDENCE} present True"


def reached(protection: Protection, facts: Facts) -> Rung | None:
    """The highest step that this event reaches: counts rise when an incident is confirmed, a threat is one at once."""
    confirmed = facts.event == CONFIRMED and not unconfirmed(facts)
    for rung in reversed(protection.ladder):
        if (confirmed or not rung.incidents) and evaluate(rung.when, facts):
            return rung
    return None


def unconfirmed(facts: Facts) -> str:
    """Why this event does not confirm an incident although it says so; empty when it does, or says nothing like it."""
    return why_unconfirmed(facts.fields, evidence=has_evidence(facts)) if facts.event == CONFIRMED else ""


def has_evidence(facts: Facts) -> bool:
    """Whether there is at least one item; the answer is kept, as the words may not be."""
    return bool(facts.words.ask(_HAS_EVIDENCE, lambda: bool(facts.fields.get(EVIDENCE))))


def still_reached(protection: Protection, standing: Standing, without: str) -> Rung | None:
    """The highest step that the incidents reach that are left, as of when the restriction was proposed."""
    left = [one for one in standing.counted if one.incident != without]
    for rung in reversed(protection.ladder):
        if rung.within and sum(_counts(rung, one, standing.as_of) for one in left) >= rung.incidents:
            return rung
    return None


def _counts(rung: Rung, one: Counted, as_of: datetime) -> bool:
    assert rung.within is not None  # noqa: S101  the caller asked
    severe = rung.severity_at_least is None or (one.severity or 0) >= rung.severity_at_least
    return severe and as_of - rung.within < one.at <= as_of
