"""What is known of a customer by their events, and how often we contacted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.contact_state import FOR_CONTACTS
from careengine.model.due_event import CLOCK_DUE
from careengine.model.history import CARE_FIRST, CONTACTS, DECISIONS
from careengine.model.value import say_instant
from careengine.store import events, history, identities

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from careengine.model.contact_state import ConsentKnown, ContactsMade, StandingKnown
    from careengine.model.resting import ActedAround
    from careengine.model.restrictions import CareAskedFor, VulnerabilityKnown
    from careengine.model.value import Value
    from careengine.pipeline.arrival import Arrival

# How things stand with a customer, which may be otherwise by the time that something falls due.
WHERE = ("tz", "locale", "country", "region")
STANDING = ("name", "email", "consent", "vulnerability", "adjustments", *WHERE)
_VULNERABILITY = "vulnerability"
_NEWEST = 50  # events that are read for all of it; what protects a customer is looked for in older ones, too
_NEVER_FORGOTTEN = ("consent", _VULNERABILITY, "adjustments")


def known_by_now(reader: Connection, arrival: Arrival) -> Mapping[str, Value]:
    """Of an event that is a time that has come: what the customer's latest events say of them, by field."""
    event = arrival.interaction
    if event.type != CLOCK_DUE or event.customer is None:
        return {}
    latest = _latest(reader, arrival.tenant, event.customer)
    return {f"customer.{name}": _value(latest[name][1]) for name in STANDING if name in latest}


def known_since(
    reader: Connection, tenant: str, customer: str, event: int, names: Collection[str] = STANDING
) -> Mapping[str, Value]:
    """What a customer's events after that number say of them, by field."""
    latest = _latest(reader, tenant, customer, event)
    return {f"customer.{name}": _value(latest[name][1]) for name in names if name in latest}


def consent_known(reader: Connection, tenant: str, question: ConsentKnown) -> Mapping[str, Any] | None:
    """See `ConsentKnown`. Of a person with several ids what was agreed to under all that say anything."""
    found = _latest(reader, tenant, question.customer).get("consent")
    if found is None:
        return None
    person = identities.of(reader, tenant, question.customer)
    return {"at": say_instant(found[0]), "purposes": list(person.agreed_by_all(found[1]))}


def vulnerability_known(reader: Connection, tenant: str, question: VulnerabilityKnown) -> list[str]:
    """See `VulnerabilityKnown`. Of a person with several ids it is what any of them tells of."""
    found: dict[str, None] = {}
    for customer in identities.ids_of(reader, tenant, question.customer):
        found |= dict.fromkeys(_latest(reader, tenant, customer).get("vulnerability", (None, ()))[1])
    return list(found)


def care_asked_for(reader: Connection, tenant: str, question: CareAskedFor, length: timedelta) -> str | None:
    """See `CareAskedFor`: care comes first for so long after the latest words that ask for it, under any of their ids.

    Words of after the instant that is asked about count, too: an event that reaches us late restricts nobody now.
    """
    ids = identities.ids_of(reader, tenant, question.customer)
    since = question.at - length
    asked = [entry.at for each in ids for entry in history.after(reader, tenant, each, CARE_FIRST, since)]
    return say_instant(max(asked) + length) if asked else None


def standing_known(reader: Connection, tenant: str, question: StandingKnown) -> dict[str, Any]:
    """See `StandingKnown`. Of several ids of a person any protects; where they are says the one asked about first."""
    found: dict[str, tuple[datetime, Any]] = {}
    for customer in identities.ids_of(reader, tenant, question.customer):
        for name, told in _latest(reader, tenant, customer).items():
            before = found.get(name)
            if name == _VULNERABILITY and before is not None:
                found[name] = max(before[0], told[0]), list(dict.fromkeys([*before[1], *told[1]]))
            else:
                found.setdefault(name, told)
    return {name: [say_instant(at), value] for name, (at, value) in found.items() if name in FOR_CONTACTS}


def contacts_made(reader: Connection, tenant: str, question: ContactsMade) -> list[str]:
    """See `ContactsMade`. Nothing else is decided for the customer meanwhile, so that the answer still holds.

    Contacts under other ids of the person count from when they were known to be theirs.
    """
    made = list(history.after(reader, tenant, question.customer, CONTACTS, question.since))
    for other, joined_at in identities.of(reader, tenant, question.customer).joined.items():
        made += history.after(reader, tenant, other, CONTACTS, max(question.since, joined_at))
    return sorted(say_instant(entry.at) for entry in made if entry.category in question.purposes)


def acted_around(reader: Connection, tenant: str, question: ActedAround) -> bool:
    """See `ActedAround`."""
    span = question.at - question.within, question.at + question.within
    if question.same == "case":
        return history.acted_on_case(reader, tenant, question.policy, question.source, question.of, *span)
    ids = identities.ids_of(reader, tenant, question.customer) if question.customer else ()
    acted = [one for each in ids for one in history.after(reader, tenant, each, DECISIONS, span[0])]
    mine = [one for one in acted if one.policy == question.policy and one.at < span[1]]
    return any(question.same == "customer" or one.issue == question.of for one in mine)


def _latest(reader: Connection, tenant: str, customer: str, after: int = 0) -> dict[str, tuple[datetime, Any]]:
    """How things stand with a customer, each by the latest event that says so, with its instant."""
    found: dict[str, tuple[datetime, Any]] = {}
    newest = events.latest(reader, tenant, customer, _NEWEST, after)
    _tell(found, newest)
    for name in _NEVER_FORGOTTEN if len(newest) == _NEWEST else ():
        if name not in found:
            _tell(found, events.latest(reader, tenant, customer, _NEWEST, after, telling=name))
    return found


def _tell(found: dict[str, tuple[datetime, Any]], told: Iterable[tuple[datetime, Mapping[str, Any]]]) -> None:
    for at, document in told:
        for name, value in document.get("customer", {}).items():
            if name in STANDING:
                found.setdefault(name, (at, value))


def _value(raw: Any) -> Value:
    return tuple(raw) if isinstance(raw, list) else raw
