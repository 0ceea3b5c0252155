"""Everything that is kept about one person, by the id that a CRM gives its customer: told as a whole, or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Select, select, update

from careengine.model.value import say_instant
from careengine.store import audit, locks
from careengine.store.inbox import GONE
from careengine.store.removal import remove_events, subject_of_delivery
from careengine.store.states import DROPPED, DUE, PARKED
from careengine.store.tables import actions, decisions, events, history, inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row

ERASED = "it told of a person who was erased"


def of_person(reader: Connection, tenant: str, person: str) -> dict[str, list[dict[str, Any]]]:
    """What is kept, as JSON, by kind: events, history, decisions with their facts, actions, deliveries."""
    mine = select(events.c.seq).where(*_whose(tenant, person))
    made = select(decisions.c.id).where(decisions.c.event.in_(mine))
    of_event = decisions.c.tenant == tenant, decisions.c.event.in_(mine)
    of_decision = actions.c.tenant == tenant, actions.c.decision.in_(made)
    past = history.c.tenant == tenant, history.c.customer == person
    return {
        "events": _told(reader, select(events).where(*_whose(tenant, person)).order_by(events.c.seq)),
        "history": _told(reader, select(history).where(*past).order_by(history.c.at, history.c.event, history.c.n)),
        "decisions": _told(reader, select(decisions).where(*of_event).order_by(decisions.c.seq)),
        "actions": _told(reader, select(actions).where(*of_decision).order_by(actions.c.seq)),
        "deliveries": [_delivery(row) for row in _waiting(reader, tenant, _names(reader, tenant, person))],
    }


def erase(transaction: Connection, tenant: str, person: str, now: datetime) -> dict[str, int]:
    """Remove all of it, whatever state it is in; gives how much of each kind. `Store.forget` empties the log after it.

    A delivery that still waits with the person in it is dropped, and its content goes.
    """
    locks.hold(transaction, locks.DECIDE, tenant, person)  # what is being decided on them is kept before
    waiting = _waiting(transaction, tenant, _names(transaction, tenant, person))
    for row in waiting:
        values = {"state": DROPPED, "reason": ERASED, "changed_at": now, **GONE}
        transaction.execute(update(inbox).where(inbox.c.tenant == tenant, inbox.c.seq == row.seq).values(values))
    audit.empty_reasons(transaction, tenant, [subject_of_delivery(row.seq) for row in waiting])
    numbers = list(transaction.scalars(select(events.c.seq).where(*_whose(tenant, person))))
    return {**remove_events(transaction, tenant, numbers, now), "deliveries": len(waiting)}


def _whose(tenant: str, person: str) -> tuple[Any, Any]:
    return events.c.tenant == tenant, events.c.customer == person


def _names(reader: Connection, tenant: str, person: str) -> frozenset[str]:
    """By what a delivery that waits may name the person: the id, and the e-mail addresses that their events gave."""
    documents = reader.scalars(select(events.c.document).where(*_whose(tenant, person)))
    found = {document.get("customer", {}).get("email") for document in documents}
    return frozenset(str(name).casefold() for name in {person, *found} if name)


def _waiting(reader: Connection, tenant: str, names: frozenset[str]) -> list[Row[Any]]:
    rows = reader.execute(
        select(inbox)
        .where(inbox.c.tenant == tenant, inbox.c.state.in_((DUE, PARKED)), inbox.c.body.is_not(None))
        .order_by(inbox.c.seq)
    )
    return [row for row in rows if _names_one(row.body, names)]


def _names_one(body: bytes, names: frozenset[str]) -> bool:
    """Whether a value in the JSON is one of the names; what is no JSON counts when it holds one of them anywhere."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace").casefold()
        return any(name in text for name in names)
    return any(str(leaf).casefold() in names for leaf in _leaves(document))


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _leaves(item)
    elif isinstance(node, (str, int)):
        yield node


def _told(reader: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    # SQLAlchemy's names are more than plain text, which orjson does not take.
    return [{f"{name}": _json(value) for name, value in row.items()} for row in reader.execute(query).mappings()]


def _json(value: Any) -> Any:
    return say_instant(value) if isinstance(value, datetime) else value


def _delivery(row: Row[Any]) -> dict[str, Any]:
    content = row.body.decode("utf-8", "replace")
    told = {name: _json(getattr(row, name)) for name in ("adapter", "delivery", "state", "received_at", "reason")}
    return {**told, "content": content}
