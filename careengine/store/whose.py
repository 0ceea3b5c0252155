"""Whom a delivery that waits is about: as its adapter reads it, or by the members that name a customer; no guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from careengine.store.inbox import delivery_of
from careengine.store.states import DUE, PARKED
from careengine.store.tables import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from careengine.store.inbox import Delivery

    # The interactions in a delivery; None when its adapter cannot read it here.
    Read = Callable[[Delivery], Sequence[Mapping[str, Any]] | None]

_PAGE = 500
_ROLES = ("customer", "client", "contact", "requester", "submitter")
_IDS = frozenset(role + ending for role in _ROLES for ending in ("", "id", "number"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """By what somebody may be named: the CRMs' ids, letter for letter, and e-mail addresses, casefolded."""

    ids: frozenset[str]
    addresses: frozenset[str]

    def is_called(self, name: str) -> bool:
        """Whether this is a name of theirs."""
        return name in self.ids or name.casefold() in self.addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery that waits. `theirs`: it is about the person and nobody else; None: that cannot be told.

    `events` are the ids of the interactions in it, as far as they can be told.
    """

    delivery: Delivery
    theirs: bool | None
    events: Sequence[str]


def waiting(reader: Connection, tenant: str, person: Person, read: Read) -> Iterator[Waiting]:
    """Every delivery that waits, the oldest first, and whether it is about the person."""
    after = 0
    mine = inbox.c.tenant == tenant, inbox.c.state.in_((DUE, PARKED)), inbox.c.body.is_not(None)
    page = select(inbox).where(*mine).order_by(inbox.c.seq).limit(_PAGE)
    while rows := reader.execute(page.where(inbox.c.seq > after)).all():
        for row in rows:
            yield _told(delivery_of(row, row.attempts), person, read)
        after = rows[-1].seq


def _told(delivery: Delivery, person: Person, read: Read) -> Waiting:
    found = delivery.found
    read_so = read(delivery) or () if found is None else (found,)
    brought = [each for each in read_so if isinstance(each, dict)]
    told = [_customer(interaction) for interaction in brought]
    if any(named for each in told for named in each):
        verdicts = {_verdict(*each, person) for each in told}
        theirs = verdicts.pop() if len(verdicts) == 1 else None
    else:
        theirs = _verdict(*_named(delivery.request.body), person)
    ids = [each.get("id") for each in brought]
    return Waiting(delivery=delivery, theirs=theirs, events=[each for each in ids if isinstance(each, str)])


def _verdict(ids: Collection[str], emails: Collection[str], person: Person) -> bool | None:
    """An id decides; an address only says who it is, because somebody may have another one."""
    if ids:
        hits = {person.is_called(name) for name in ids}
        return hits.pop() if len(hits) == 1 else None
    return True if emails and all(person.is_called(name) for name in emails) else None


def _customer(interaction: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    customer = interaction.get("customer")
    found = customer if isinstance(customer, dict) else {}
    ids, emails = (found.get(name) for name in ("id", "email"))
    return set(_name(ids)), set(_name(emails))


def _named(body: bytes) -> tuple[set[str], set[str]]:
    """The ids of customers and the e-mail addresses in a JSON body, by the names of the members they stand under."""
    ids: set[str] = set()
    emails: set[str] = set()
    try:
        left = [("", orjson.loads(body))]
    except orjson.JSONDecodeError:
        return ids, emails
    while left:
        member, value = left.pop()
        if isinstance(value, list):
            left += [(member, item) for item in value]
        elif isinstance(value, dict):
            left += [(_below(member, key), item) for key, item in value.items()]
        elif member in _IDS:
            ids.update(_name(value))
        elif "email" in member:
            emails.update(_name(value))
    return ids, emails


def _below(member: str, key: str) -> str:
    plain = "".join(letter for letter in key.casefold() if letter.isalnum())
    return member if plain == "id" and member in _ROLES else plain


def _name(value: Any) -> Iterator[str]:
    if (isinstance(value, str) and value) or type(value) is int:
        yield str(value)
