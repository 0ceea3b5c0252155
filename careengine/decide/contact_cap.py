"""Keeps contact caps: consent, suppression, quiet hours and frequency, each of which takes a contact away or not.

A contact that is put off comes back as an event of ours at the instant told; the cap is then asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from careengine.clock import Shift
from careengine.clock.quiet import loud_stretches, next_loud
from careengine.clock.zones import zones_of
from careengine.decide.due_contact import times_put_off
from careengine.decide.english import say_condition
from careengine.decide.logic import evaluate
from careengine.decide.proposal import Proposal
from careengine.model.contact_cap import SKIP
from careengine.model.contact_state import ConsentKnown, ContactsMade, Now, StandingKnown
from careengine.model.decision import PROPOSE
from careengine.model.restrictions import Restrictions, read_all
from careengine.model.value import parse_instant, say_duration, say_instant, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from careengine.decide.restrain import Held
    from careengine.model.contact_cap import Consent, ContactCap, Frequency, QuietHours, Restricted, Suppress
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

_DAYS = 3  # for so long it is told when a contact may be made
_WHERE = ("customer.tz", "customer.country", "customer.region", "customer.locale")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objection:
    """What speaks against a contact now: until when, or for good; where nobody knows until when, a person looks."""

    why: str
    until: datetime | None = None
    for_good: bool = False


def keep_contact_cap(policy: Policy, held: Held) -> None:
    """Take away every contact of the cap's purposes that anything speaks against."""
    cap: ContactCap = policy.outcome  # type: ignore[assignment]  # the reader of this kind made it
    for wish, _ in held.wishes("contact"):
        if wish.params["purpose"] in cap.purposes:
            facts = _by_now(held.facts) if cap.quiet_hours or cap.suppress else held.facts
            objections = list(_objections(cap, facts, wish.params["purpose"]))
            if objections:
                _take(policy, cap, held, wish, objections)
            elif cap.quiet_hours:
                _allow_by_day(policy, cap.quiet_hours, held, wish, facts)


def _by_now(facts: Facts) -> Facts:
    """The facts with what other events say of the customer, where the event says nothing or they said it since."""
    customer = facts.fields.get("customer.id")
    known = facts.state.ask(StandingKnown(customer=customer)) if isinstance(customer, str) else None
    laid = {
        f"customer.{name}": tuple(value) if isinstance(value, list) else value
        for name, (at, value) in (known or {}).items()
        if f"customer.{name}" not in facts.fields or parse_instant(at) > facts.as_of
    }
    return replace(facts, fields={**facts.fields, **laid}) if laid else facts


def acting_at(facts: Facts) -> datetime:
    """When what is decided is done: now, however late the event reached us; where that is not known, at its time."""
    now = facts.state.ask(Now())
    return facts.as_of if now is None else parse_instant(now)


def _objections(cap: ContactCap, facts: Facts, purpose: str) -> Iterator[_Objection]:
    at = acting_at(facts)
    if cap.consent:
        yield from _without_consent(cap.consent, facts, purpose, at)
    if cap.suppress:
        yield from _suppressed(cap.suppress, facts, at)
    if cap.restricted:
        yield from _while_restricted(cap.restricted, facts, at)
    if cap.quiet_hours:
        yield from _in_quiet_hours(cap.quiet_hours, facts, at)
    if cap.frequency:
        yield from _too_often(cap.frequency, facts, at)


def _without_consent(consent: Consent, facts: Facts, purpose: str, at: datetime) -> Iterator[_Objection]:
    wanted, agreed = consent.called.get(purpose, purpose), _agreed(facts)
    if agreed is None or wanted not in agreed:
        known = f"the customer has not agreed to {wanted}" if agreed is not None else "no consent is known"
        yield _then(consent.then, known, _later(at, consent.again))


def _agreed(facts: Facts) -> Sequence[str] | None:
    """What the customer has agreed to, by whatever is the latest word on it; None when there is none."""
    own, customer = facts.fields.get("customer.consent"), facts.fields.get("customer.id")
    known: Any = facts.state.ask(ConsentKnown(customer=customer)) if isinstance(customer, str) else None
    if known is not None and (own is None or parse_instant(known["at"]) > facts.as_of):
        return known["purposes"]  # type: ignore[no-any-return]
    return own if isinstance(own, tuple) else None


def _suppressed(suppress: Suppress, facts: Facts, at: datetime) -> Iterator[_Objection]:
    answer = evaluate(suppress.condition, facts)
    if answer is not False:
        said = say_condition(suppress.condition)
        yield _then(suppress.then, said if answer else f"it is not known whether {said}", _later(at, suppress.again))


def _while_restricted(restricted: Restricted, facts: Facts, at: datetime) -> Iterator[_Objection]:
    customer = facts.fields.get("customer.id")
    found = facts.state.ask(Restrictions(customer=customer)) if isinstance(customer, str) else None
    in_force = any(one.binds(at) for one in read_all(found))
    if found is None or in_force:
        why = "a restriction is in force" if in_force else "it is not known whether a restriction is in force"
        yield _then(restricted.then, why, _later(at, restricted.again))


def _zones(quiet: QuietHours, facts: Facts) -> Sequence[ZoneInfo]:
    where = [found if isinstance(found, str) else None for found in map(facts.fields.get, _WHERE)]
    return zones_of(*where) or quiet.zones


def _allow_by_day(policy: Policy, quiet: QuietHours, held: Held, wish: Proposal, facts: Facts) -> None:
    """Say when the contact may be made, for a CRM that is reached late; of several caps the narrowest counts."""
    zones, at = _zones(quiet, facts), acting_at(facts)
    found = loud_stretches(at, Shift(*quiet.hours), zones, _DAYS)
    before = [tuple(map(parse_instant, one)) for one in wish.params.get("send_within", ())]
    both = [(max(a, c), min(b, d)) for a, b in found for c, d in before if max(a, c) < min(b, d)] if before else found
    held.amend(policy, wish, send_within=[[say_instant(start), say_instant(end)] for start, end in both])


def _in_quiet_hours(quiet: QuietHours, facts: Facts, at: datetime) -> Iterator[_Objection]:
    hours, zones = Shift(*quiet.hours), _zones(quiet, facts)
    loud = next_loud(at, hours, zones)
    if loud is None:
        why = f"no hour is outside {hours} wherever the customer may be, because too little is known of where"
        yield _Objection(why=why, for_good=quiet.then == SKIP)
    elif loud > at:
        it_is = f"it is within {hours} where the customer is"
        maybe = f"it may be within {hours} where the customer is: {len(zones)} time zones are possible"
        yield _then(quiet.then, it_is if len(zones) == 1 else maybe, loud)


def _too_often(frequency: Frequency, facts: Facts, at: datetime) -> Iterator[_Objection]:
    customer = facts.fields.get("customer.id")
    made = None
    if isinstance(customer, str):
        since = shifted(at, -frequency.within)
        made = facts.state.ask(ContactsMade(customer=customer, purposes=frequency.of, since=since))
    if made is None:
        yield _Objection(why="it is not known how often the customer was contacted")
    elif len(made) >= frequency.at_most:
        why = f"{len(made)} contacts were made within {say_duration(frequency.within)}; at most {frequency.at_most} are"
        yield _then(frequency.then, why, shifted(parse_instant(made[-frequency.at_most]), frequency.within))


def _later(at: datetime, again: timedelta | None) -> datetime | None:
    return None if again is None else shifted(at, again)


def _then(then: str, why: str, until: datetime | None) -> _Objection:
    return _Objection(why=why, for_good=True) if then == SKIP else _Objection(why=why, until=until)


def _take(policy: Policy, cap: ContactCap, held: Held, wish: Proposal, objections: Sequence[_Objection]) -> None:
    """What is skipped is gone; else what nobody knows the end of goes to a person; else it comes back at the last."""
    why = "; ".join(dict.fromkeys(one.why for one in objections))
    if any(one.for_good for one in objections):
        held.withhold(policy, wish, f"{why}: skipped, it does not come back")
        return
    ends = [one.until for one in objections if one.until is not None]
    before = times_put_off(held.facts, wish.policy)
    tries = cap.give_up.after if cap.give_up else 0
    if len(ends) == len(objections) and before < tries:
        held.defer(policy, wish, max(ends), f"{why}: put off until {say_instant(max(ends))}")
        return
    _give_up(policy, cap, held, wish, f"{why}: given up after {before} of {tries} times")


def _give_up(policy: Policy, cap: ContactCap, held: Held, wish: Proposal, why: str) -> None:
    to = cap.give_up.to if cap.give_up else policy.owner
    held.withhold(policy, wish, f"{why}; {to} looks at it")
    text = f"{to} looks at a contact that was not made: {wish.text}; {why}"
    asked = Proposal(policy=policy, type="review", status=PROPOSE, text=text, params={"to": to})
    if wish.policy.status == policy.status:
        held.add(asked)
