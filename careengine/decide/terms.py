"""When something falls due: a length from an instant on, around the clock or by the hours of a calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from careengine.clock import due
from careengine.model.value import say_duration, say_instant

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from careengine.decide.proposal import Proposal
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A length by the hours of a calendar that a wish names; the instant it gives is told in the param `name`."""

    name: str
    length: timedelta
    calendar: str


def terms_of(calendar: str | None, **lengths: timedelta | None) -> tuple[Term, ...]:
    """The terms of a block with these lengths, by the params that tell the instants; none without a calendar."""
    if calendar is None:
        return ()
    return tuple(Term(name=name, length=length, calendar=calendar) for name, length in lengths.items() if length)


def due_at(start: datetime, length: timedelta, calendar: str | None, policies: PolicySet) -> datetime | None:
    """The instant by which so much time has passed since `start`: working time of the calendar of that id.

    Without a calendar, or with one that the set does not have, any time counts: rather too early than never. None when
    it would be after the year 9999.
    """
    return due(start, length, policies.calendars.get(calendar) if calendar else None)


def timed(wish: Proposal, facts: Facts, policies: PolicySet) -> Proposal:
    """A wish with the instants of its terms; how soon somebody has to look then counts to the first of them."""
    found = {term.name: due_at(facts.as_of, term.length, term.calendar, policies) for term in wish.terms}
    known = {name: at for name, at in found.items() if at}
    if not known:
        return wish
    told = {name: say_instant(at) for name, at in known.items()}
    within = min(known.values()) - facts.as_of if wish.within else None
    return replace(wish, within=within, params={**wish.params, **told, "calendar": wish.terms[0].calendar})


def say_within(length: timedelta | None, calendar: str | None = None) -> str:
    """A length as people read it, with a blank before it: ` within 4h by the hours of uk-support`."""
    by = f" by the hours of {calendar}" if calendar else ""
    return f" within {say_duration(length)}{by}" if length is not None else ""
