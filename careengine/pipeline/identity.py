"""Whose event it is: the person behind the customer's id, their turn, and what merges may not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import IdentityError, PayloadProblem
from careengine.model.authority import CUSTOMER
from careengine.model.limit import PERSON
from careengine.model.person import MERGED, UNMERGED, Merge
from careengine.store import erased, events, identities, locks, reservations

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from careengine.model.interaction import Interaction
    from careengine.model.person import Person
    from careengine.pipeline.arrival import Arrival
    from careengine.pipeline.effects import Decided

OTHER = "merged.id"
_PLACE = "/merged/id"


def take_turn(transaction: Connection, tenant: str, interaction: Interaction) -> Person | None:
    """Wait until nothing else is decided on the same person, and say who it is; None: the event is nobody's."""
    customer = interaction.customer
    if customer is None:
        locks.hold(transaction, locks.DECIDE, tenant, interaction.source, interaction.id)
        return None
    if interaction.type in (MERGED, UNMERGED):
        people = identities.hold_all(transaction, tenant, [customer, other_of(interaction)])
        if interaction.type == UNMERGED:
            locks.hold_rooms(transaction, tenant)  # each takes along what they were given
        return people[customer]
    return identities.hold(transaction, tenant, customer)


def whose(reader: Connection, tenant: str, interaction: Interaction) -> Person | None:
    """Who it is, for one who keeps nothing and so needs no turn."""
    return None if interaction.customer is None else identities.of(reader, tenant, interaction.customer)


def other_of(interaction: Interaction) -> str:
    """The other id of a merge."""
    return str(interaction.fields[OTHER])


def check_merge(reader: Connection, arrival: Arrival, person: Person | None) -> None:
    """Whether what is told of two ids can be. Raises IdentityError."""
    interaction = arrival.interaction
    if person is None or interaction.type not in (MERGED, UNMERGED):
        return
    other, together = other_of(interaction), other_of(interaction) in person.joined
    if interaction.type == UNMERGED and not identities.is_merge(reader, arrival.tenant, person, other):
        _refuse("expected an id that was merged with `customer.id`; no merge of these two is kept")
    if interaction.type == MERGED and together:
        _refuse("expected an id of another person; these two are one person already")
    for customer, place in ((person.customer, "/customer/id"), (other, _PLACE)):
        if interaction.type == MERGED and _is_gone(reader, arrival.tenant, customer):
            _refuse("expected an id that is still kept; this one was erased, so nothing can be merged with it", place)


def keep_identity(transaction: Connection, decided: Decided) -> None:
    """What an event changes about who is who, or adds to what is known of a person with several ids."""
    interaction, tenant = decided.interaction, decided.tenant
    customer = interaction.customer
    if customer is None:
        return
    if interaction.type == MERGED:
        made = Merge(stays=customer, other=other_of(interaction), at=interaction.occurred_at)
        identities.merge(transaction, tenant, made, decided.event)
    elif interaction.type == UNMERGED:
        _take_apart(transaction, tenant, customer, other_of(interaction))
    if decided.facts.person or interaction.type == MERGED:
        identities.keep_known(transaction, tenant, identities.of(transaction, tenant, customer), interaction.fields)


def _take_apart(transaction: Connection, tenant: str, customer: str, other: str) -> None:
    """Each of two people who were one has what they were given themselves, and not what the other was."""
    was = identities.of(transaction, tenant, customer)
    identities.unmerge(transaction, tenant, customer, other)
    for each in was.ids:
        now = identities.of(transaction, tenant, each).id
        for per in (PERSON, CUSTOMER) if now != was.id else ():
            reservations.follow(transaction, tenant, [each], f"{per}:{was.id}", f"{per}:{now}")


def merge_problems(interaction: Interaction) -> list[PayloadProblem]:
    """What is wrong with a merge that no schema can see."""
    if interaction.type in (MERGED, UNMERGED) and interaction.customer == other_of(interaction):
        return [PayloadProblem(pointer=_PLACE, message="expected another id than `customer.id`")]
    return []


def _is_gone(reader: Connection, tenant: str, customer: str) -> bool:
    was_erased = erased.when(reader, tenant, erased.mark_of_customer(customer)) is not None
    return was_erased and not events.any_of(reader, tenant, customer)


def _refuse(message: str, place: str = _PLACE) -> None:
    raise IdentityError([PayloadProblem(pointer=place, message=message)])
