"""Which ids of CRMs are one person: looked up for every event, changed by merges alone.

Who is merged with nobody has no row, so that the look-up is one read of an index that finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from careengine.model.person import TAGS, Merge, Person, alone, groups_of, joined_with, said_in, tags_of
from careengine.store import locks
from careengine.store.prepared import Prepared
from careengine.store.tables import events, identities, merges

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

_LOCK = "identities"  # with a tenant: one merge at a time

_PERSON = Prepared(
    select(identities.c.person).where(
        identities.c.tenant == bindparam("tenant"), identities.c.customer == bindparam("customer")
    )
)


def of(reader: Connection, tenant: str, customer: str) -> Person:
    """The person of a customer's id."""
    found = _PERSON.rows(reader, {"tenant": tenant, "customer": customer})
    return _whole(reader, tenant, customer, found[0][0]) if found else alone(customer)


def hold(transaction: Connection, tenant: str, customer: str) -> Person:
    """Wait for the person's turn and hold it to the end of the transaction.

    Events of all their ids are decided one after the other.
    First the id's own lock, under which no merge can change it, then that of the id that the person goes by. Merges
    keep the same order, so nobody waits in a circle.
    """
    locks.hold(transaction, locks.DECIDE, tenant, customer)
    person = of(transaction, tenant, customer)
    if person.id != customer:
        locks.hold(transaction, locks.DECIDE, tenant, person.id)
    return person


def hold_all(transaction: Connection, tenant: str, customers: Collection[str]) -> dict[str, Person]:
    """The same for those whom a merge is about, with every id of theirs; one merge of a tenant at a time."""
    locks.hold(transaction, _LOCK, tenant)
    people = {customer: of(transaction, tenant, customer) for customer in customers}
    goes_by = {person.id for person in people.values()}
    others = {each for person in people.values() for each in person.ids} - goes_by
    for each in (*sorted(others), *sorted(goes_by)):
        locks.hold(transaction, locks.DECIDE, tenant, each)
    return people


def ids_of(reader: Connection, tenant: str, customer: str) -> tuple[str, ...]:
    """Every id of the person behind a customer's id, that one first."""
    return of(reader, tenant, customer).ids


def merge(transaction: Connection, tenant: str, made: Merge, event: int) -> None:
    """Make two people one. The caller holds both."""
    people = {of(transaction, tenant, each).id for each in (made.stays, made.other)}
    values = {"stays": made.stays, "other": made.other, "at": made.at}
    transaction.execute(insert(merges).values(tenant=tenant, person=min(people), event=event, **values))
    _settle(transaction, tenant, people)


def unmerge(transaction: Connection, tenant: str, one: str, other: str) -> bool:
    """Undo the merge of two ids; False when there is none. The caller holds the person."""
    person = of(transaction, tenant, one).id
    told = {(merges.c.stays, merges.c.other), (merges.c.other, merges.c.stays)}
    removed = 0
    for stays, gone in told:
        here = merges.c.tenant == tenant, merges.c.person == person, stays == one, gone == other
        removed += transaction.execute(delete(merges).where(*here)).rowcount
    _settle(transaction, tenant, {person})
    return bool(removed)


def is_merge(reader: Connection, tenant: str, person: Person, other: str) -> bool:
    """Whether a merge of the customer's id and another one is kept."""
    both = {person.customer, other}
    return any({one.stays, one.other} == both for one in _merges(reader, tenant, [person.id]))


def forget(transaction: Connection, tenant: str, customer: str) -> None:
    """Remove what is kept of a person's identity."""
    person = of(transaction, tenant, customer).id
    for table in (merges, identities):
        transaction.execute(delete(table).where(table.c.tenant == tenant, table.c.person == person))


def keep_known(transaction: Connection, tenant: str, person: Person, fields: Mapping[str, Any]) -> None:
    """Keep what an event says of a customer who is merged with others, so that it holds for all their ids."""
    known = person.known.get(person.customer, {})
    if person.joined and {**known, **tags_of(fields)} != known:
        told = {**known, **_last_said(transaction, tenant, person.customer)}  # this event may be late
        mine = identities.c.tenant == tenant, identities.c.customer == person.customer
        transaction.execute(update(identities).where(*mine).values(known=told))


def _whole(reader: Connection, tenant: str, customer: str, person: str) -> Person:
    rows = reader.execute(
        select(identities.c.customer, identities.c.known).where(*_of_person(identities, tenant, person))
    )
    known = {row.customer: row.known for row in rows}
    joined = joined_with(customer, _merges(reader, tenant, [person]))
    return Person(id=person, customer=customer, joined=joined, known=known)


def _merges(reader: Connection, tenant: str, people: Iterable[str]) -> list[Merge]:
    """The merges of people, in the order in which they were told."""
    here = merges.c.tenant == tenant, merges.c.person.in_(sorted(people))
    rows = reader.execute(select(merges).where(*here).order_by(merges.c.event))
    return [Merge(stays=row.stays, other=row.other, at=row.at) for row in rows]


def _settle(transaction: Connection, tenant: str, people: Collection[str]) -> None:
    """Work out anew who is who among these people, from the merges that are left."""
    here = identities.c.tenant == tenant, identities.c.person.in_(sorted(people))
    known = {row.customer: row.known for row in transaction.execute(select(identities).where(*here))}
    groups = groups_of(_merges(transaction, tenant, people))
    transaction.execute(delete(identities).where(*here))
    for customer, (person, _) in sorted(groups.items()):
        told = known[customer] if customer in known else _last_said(transaction, tenant, customer)
        values = {"tenant": tenant, "customer": customer, "person": person, "known": told}
        transaction.execute(insert(identities).values(values))
    _rename(transaction, tenant, people, groups)


def _rename(
    transaction: Connection, tenant: str, people: Collection[str], groups: Mapping[str, tuple[str, frozenset[str]]]
) -> None:
    """Merges stand under the person that they make."""
    here = merges.c.tenant == tenant, merges.c.person.in_(sorted(people))
    for row in transaction.execute(select(merges).where(*here)).all():
        now = groups[row.stays][0]
        if row.person != now:
            one = merges.c.tenant == tenant, merges.c.person == row.person, merges.c.event == row.event
            transaction.execute(update(merges).where(*one).values(person=now))


def _last_said(reader: Connection, tenant: str, customer: str) -> dict[str, list[str]]:
    """What the latest events of a customer say of consent and of what protects them, by when they occurred."""
    query = select(events.c.document).where(events.c.tenant == tenant, events.c.customer == customer)
    found: dict[str, list[str]] = {}
    with reader.execute(query.order_by(events.c.occurred_at.desc(), events.c.seq.desc())) as rows:
        for document in rows.scalars():
            found = {**said_in(document), **found}
            if len(found) == len(TAGS):
                break
    return found


def _of_person(table: Any, tenant: str, person: str) -> Sequence[Any]:
    return table.c.tenant == tenant, table.c.person == person
