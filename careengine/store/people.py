"""Everything that is kept about one person, by the id that a CRM gives its customer: told as a whole, or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select, update

from careengine.errors import RestrictedError
from careengine.model.restrictions import IMPOSED
from careengine.model.value import say_instant
from careengine.store import audit, erased, identities
from careengine.store.events import naming
from careengine.store.inbox import GONE
from careengine.store.removal import remove_events, subject_of_delivery
from careengine.store.restrictions import standing_of
from careengine.store.states import DROPPED, DUE, PARKED, SENDING
from careengine.store.tables import (
    actions,
    clocks,
    decisions,
    events,
    history,
    inbox,
    overrides,
    restrictions,
    tasks,
    timers,
)
from careengine.store.whose import Person, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from careengine.store.inbox import Delivery
    from careengine.store.whose import Read, Waiting

ERASED = "it told of a person who was erased"


def by_its_members(_: Delivery) -> None:
    """In place of an adapter, where there is none: a delivery tells by the names of its members, or not at all."""


def of_person(
    reader: Connection, tenant: str, person: str, read: Read = by_its_members
) -> dict[str, list[dict[str, Any]]]:
    """What is kept, as JSON, by kind: events, history, decisions with their facts, actions and so on.

    Of whoever has several ids it is what is kept under all of them.
    `read` gives the interactions in a delivery, as its adapter reads them.
    """
    ids = identities.ids_of(reader, tenant, person)
    mine = select(events.c.seq).where(*_whose(tenant, ids))
    made = select(decisions.c.id).where(decisions.c.event.in_(mine))
    of_event = decisions.c.tenant == tenant, decisions.c.event.in_(mine)
    of_decision = actions.c.tenant == tenant, actions.c.decision.in_(made)
    past = history.c.tenant == tenant, history.c.customer.in_(ids)
    return {
        "events": _told(reader, select(events).where(*_whose(tenant, ids)).order_by(events.c.seq)),
        "history": _told(reader, select(history).where(*past).order_by(history.c.at, history.c.event, history.c.n)),
        "decisions": _told(reader, select(decisions).where(*of_event).order_by(decisions.c.seq)),
        "actions": _told(reader, select(actions).where(*of_decision).order_by(actions.c.seq)),
        "tasks": _told(
            reader, select(tasks).where(tasks.c.tenant == tenant, tasks.c.event.in_(mine)).order_by(tasks.c.seq)
        ),
        "restrictions": _told(
            reader,
            select(restrictions)
            .where(restrictions.c.tenant == tenant, restrictions.c.customer.in_(ids))
            .order_by(restrictions.c.event),
        ),
        "overrides": _told(reader, select(overrides).where(overrides.c.tenant == tenant, overrides.c.event.in_(mine))),
        "clocks": _told(reader, select(clocks).where(clocks.c.tenant == tenant, clocks.c.event.in_(mine))),
        "timers": _told(reader, select(timers).where(timers.c.tenant == tenant, timers.c.event.in_(mine))),
        "deliveries": [_delivery(each.delivery) for each in _waiting(reader, tenant, person, read) if each.theirs],
    }


def untold(reader: Connection, tenant: str, person: str, read: Read = by_its_members) -> list[int]:
    """The numbers of the deliveries that wait and may be about the person, too: that cannot be told.

    Neither `of_person` nor `erase` touches them. When they are worked off it can be told what they brought.
    """
    return [each.delivery.seq for each in _waiting(reader, tenant, person, read) if each.theirs is None]


def erase(
    transaction: Connection, tenant: str, person: str, now: datetime, read: Read = by_its_members
) -> dict[str, int]:
    """Remove all of it, whatever state it is in; gives how much of each kind. `Store.forget` empties the log after it.

    A delivery that waits and is about the person is dropped, and its content goes. Who has it in hand keeps nothing
    of it; the interactions in it are known when they come again. Who was once said to be somebody else: what told so
    goes, too. Raises RestrictedError while a restriction stands,
    or until the CRM has heard that it was lifted.
    """
    # What is being decided on them is kept before, under whichever of their ids.
    ids = identities.hold_all(transaction, tenant, [person])[person].ids
    _check_unrestricted(transaction, tenant, ids)
    theirs = [each for each in _waiting(transaction, tenant, person, read) if each.theirs]
    for each in theirs:
        values = {"state": DROPPED, "reason": ERASED, "changed_at": now, **GONE}
        one = inbox.c.tenant == tenant, inbox.c.seq == each.delivery.seq
        transaction.execute(update(inbox).where(*one).values(values))
        marks = [erased.mark_of_event(each.delivery.adapter, event) for event in each.events]
        erased.add(transaction, tenant, marks, now)
    audit.empty_reasons(transaction, tenant, [subject_of_delivery(each.delivery.seq) for each in theirs])
    numbers = {
        *transaction.scalars(select(events.c.seq).where(*_whose(tenant, ids))),
        *naming(transaction, tenant, ids),
    }
    if numbers:
        erased.add(transaction, tenant, map(erased.mark_of_customer, ids), now)
    identities.forget(transaction, tenant, person)
    return {**remove_events(transaction, tenant, numbers, now), "deliveries": len(theirs)}


def _check_unrestricted(reader: Connection, tenant: str, ids: Sequence[str]) -> None:
    told = (told for customer in ids for _, told in standing_of(reader, tenant, customer))
    if name := next((one["id"] for one in told if one["state"] == IMPOSED), None):
        message = f"the restriction `{name}` stands, and nobody would lift it in the CRM any more"
        raise RestrictedError(f"{message}; lift it first (`careengine tasks list --kind measure`), then erase")
    if name := next(_lifts_under_way(reader, tenant, ids), None):
        message = f"the CRM has not carried out `{name}` yet, which tells of the end of a restriction"
        raise RestrictedError(f"{message}; erase once it has, or once a person has dropped it")


def _lifts_under_way(reader: Connection, tenant: str, ids: Sequence[str]) -> Iterator[str]:
    """The actions that are still to lift a restriction, or to have a person lift it where the CRM cannot."""
    made = select(decisions.c.id).join(events, events.c.seq == decisions.c.event).where(*_whose(tenant, ids))
    under_way = actions.c.state.in_((DUE, SENDING, PARKED)), actions.c.type.in_(("lift", "note"))
    query = select(actions).where(actions.c.tenant == tenant, actions.c.decision.in_(made), *under_way)
    for row in reader.execute(query.order_by(actions.c.seq)):
        if row.type == "lift" or "restriction" in row.action["params"]:
            yield row.id


def _whose(tenant: str, ids: Sequence[str]) -> tuple[Any, Any]:
    return events.c.tenant == tenant, events.c.customer.in_(ids)


def _named(reader: Connection, tenant: str, person: str) -> Person:
    """By what a delivery that waits may name the person: the id, and the e-mail addresses that their events gave."""
    ids = identities.ids_of(reader, tenant, person)
    documents = reader.scalars(select(events.c.document).where(*_whose(tenant, ids)))
    found = {document.get("customer", {}).get("email") for document in documents}
    # Where the id is an address it is one, too.
    addresses = frozenset(str(name).casefold() for name in (*ids, *found) if "@" in str(name))
    return Person(ids=frozenset(ids), addresses=addresses)


def _waiting(reader: Connection, tenant: str, person: str, read: Read) -> Iterator[Waiting]:
    return waiting(reader, tenant, _named(reader, tenant, person), read)


def _told(reader: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    # SQLAlchemy's names are more than plain text, which orjson does not take.
    return [{f"{name}": _json(value) for name, value in row.items()} for row in reader.execute(query).mappings()]


def _json(value: Any) -> Any:
    return say_instant(value) if isinstance(value, datetime) else value


def _delivery(item: Delivery) -> dict[str, Any]:
    content = item.request.body.decode("utf-8", "replace")
    told = {name: _json(getattr(item, name)) for name in ("adapter", "delivery", "state", "received_at", "reason")}
    return {**told, "content": content}
