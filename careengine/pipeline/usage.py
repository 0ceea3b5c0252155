"""Limits and budgets in the transaction of a decision: how much is taken, and what the decision takes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.decide.contact_cap import acting_at
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE
from careengine.model.limit import Limit
from careengine.model.restraint import NOTICED
from careengine.model.value import Money
from careengine.pipeline.given import ACCEPTED, DECLINED, REVERSED, is_overtaken, name_of
from careengine.store import events, identities, locks, reservations, totals
from careengine.store.reservations import WAITING, Stored
from careengine.store.totals import HELD, SPENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.model.restraint import Reservation
    from careengine.model.usage import Usage, Used
    from careengine.pipeline.effects import Decided

# What settles the room of an offer when the CRM tells of it: the first takes it for good, the others give it back.
SETTLES = (ACCEPTED, DECLINED, "offer.expired", REVERSED)


def answer_used(reader: Connection, tenant: str, asked: Used) -> Mapping[str, Any]:
    """How much is taken, as JSON; see `usage_of`."""
    return usage_of(reader, tenant, asked).to_json()


def usage_of(reader: Connection, tenant: str, asked: Used) -> Usage:
    """How much is taken; who asks next for the same room waits until this transaction has ended."""
    # Policies are asked in one order, and each about one scope: so nobody waits for one who waits for them.
    locks.hold_room(reader, tenant, asked.policy, asked.scope)
    return totals.usage(reader, tenant, asked)


def keep_reservations(transaction: Connection, decided: Decided) -> None:
    """Keep what a decision takes up, and that somebody was told how much that is."""
    made = decided.decision.reserved
    if not made:
        return
    statuses = {action["id"]: action for action in decided.answer["actions"]}
    reservations.add(
        transaction,
        decided.tenant,
        [_stored(place, one, decided, statuses[one.action]) for place, one in enumerate(made)],
    )
    told = {restraint.policy for restraint in decided.decision.restraints if restraint.did == NOTICED}
    for policy, scope in sorted({(one.policy, one.scope) for one in made if one.policy in told}):
        totals.note(transaction, decided.tenant, policy, scope, acting_at(decided.facts), decided.event)


def settle_offer(transaction: Connection, decided: Decided) -> None:
    """An offer that was taken up is spent, with the amount told; the room of one that came to nothing is free again.

    That is told by the CRM of the offer, about whom it was made to; what anybody else tells of it changes nothing. Nor
    does what happened before something later that was told already.
    """
    told, offer = decided.interaction, decided.interaction.fields.get("offer.id")
    if told.type not in SETTLES or not isinstance(offer, str):
        return
    name = name_of(told.source, offer)
    if not _is_theirs(transaction, decided, name) or is_overtaken(transaction, decided, offer):
        return
    if told.type == ACCEPTED:
        amount = told.fields.get("offer.amount")
        reservations.spend(transaction, decided.tenant, name, amount if isinstance(amount, Money) else None)
    else:
        reservations.release(transaction, decided.tenant, name)


def _is_theirs(reader: Connection, decided: Decided, offer: str) -> bool:
    made = reservations.of_action(reader, decided.tenant, offer)[:1]
    return any(is_their_own(reader, decided, *events.whose(reader, decided.tenant, one.event)) for one in made)


def is_their_own(reader: Connection, decided: Decided, source: str, customer: str | None) -> bool:
    """Whether an event is of the same CRM, about the same person, as what was made to a customer of a source."""
    told = decided.interaction
    ids = (None,) if told.customer is None else identities.ids_of(reader, decided.tenant, told.customer)
    return source == told.source and customer in ids


def _stored(place: int, one: Reservation, decided: Decided, action: Mapping[str, Any]) -> Stored:
    # What is on its way goes out however long the CRM is away: only a question lets its room go.
    until = None if action["status"] == EXECUTE else one.until
    return Stored(
        policy=one.policy,
        scope=one.scope,
        action=one.action,
        at=acting_at(decided.facts),
        event=decided.event,
        state=_state(one, decided, action),
        amount=one.amount or _open_amount(one, decided),
        until=until,
        place=place,
    )


def _open_amount(one: Reservation, decided: Decided) -> Money | None:
    """Nothing as yet, in the currency in which money is counted: a person's yes says how much it is."""
    policy = decided.policies.get(one.policy)
    most = policy.outcome.amount if policy is not None and isinstance(policy.outcome, Limit) else None
    return None if most is None else Money(Decimal(0), most.currency)


def _state(one: Reservation, decided: Decided, action: Mapping[str, Any]) -> str:
    if one.waiting:
        return WAITING
    # What nobody delivers for the caller is theirs from the answer on.
    later = action["status"] == AWAIT_APPROVAL or action["type"] in decided.deliverable
    return HELD if later else SPENT
