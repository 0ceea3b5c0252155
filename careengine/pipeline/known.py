"""What is known of a customer by their events, and how often we contacted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.due_event import CLOCK_DUE
from careengine.model.history import CONTACTS
from careengine.model.value import say_instant
from careengine.store import events, history

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.contact_state import ConsentKnown, ContactsMade
    from careengine.model.value import Value
    from careengine.pipeline.arrival import Arrival

# How things stand with a customer, which may be otherwise by the time that something falls due.
_STANDING = ("consent", "vulnerability", "adjustments", "tz", "locale", "country", "region")


def known_by_now(reader: Connection, arrival: Arrival) -> Mapping[str, Value]:
    """Of an event that is a time that has come: what the customer's latest events say of them, by field."""
    event = arrival.interaction
    if event.type != CLOCK_DUE or event.customer is None:
        return {}
    latest = _latest(reader, arrival.tenant, event.customer)
    return {f"customer.{name}": _value(latest[name][1]) for name in _STANDING if name in latest}


def consent_known(reader: Connection, tenant: str, question: ConsentKnown) -> Mapping[str, Any] | None:
    """See `ConsentKnown`."""
    found = _latest(reader, tenant, question.customer).get("consent")
    return found and {"at": say_instant(found[0]), "purposes": found[1]}


def contacts_made(reader: Connection, tenant: str, question: ContactsMade) -> list[str]:
    """See `ContactsMade`. Nothing else is decided for the customer meanwhile, so that the answer still holds."""
    made = history.after(reader, tenant, question.customer, CONTACTS, question.since)
    return [say_instant(entry.at) for entry in made if entry.category in question.purposes]


def _latest(reader: Connection, tenant: str, customer: str) -> dict[str, tuple[datetime, Any]]:
    """How things stand with a customer, each by the latest event that says so, with its instant."""
    found: dict[str, tuple[datetime, Any]] = {}
    for at, document in events.latest(reader, tenant, customer):
        for name, value in document.get("customer", {}).items():
            if name in _STANDING:
                found.setdefault(name, (at, value))
    return found


def _value(raw: Any) -> Value:
    return tuple(raw) if isinstance(raw, list) else raw
