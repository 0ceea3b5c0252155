"""A recovery and an entitlement: the steps that put a failure right, and what the customer is offered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine.decide.doing import say_lead, say_message, say_offer, say_step
from careengine.decide.english import say_field, say_text
from careengine.decide.letter import Letter
from careengine.decide.proposal import Proposal
from careengine.messages.params import offer_params
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE
from careengine.model.policy import SPEAKING, AmountBy
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Offer, Policy, Recovery
    from careengine.model.value import Money, Value

_BOOLEANS = {"true": "yes", "false": "no"}


def wishes(policy: Policy, recovery: Recovery, facts: Facts) -> Iterator[Proposal]:
    """What it asks for, in the order of its steps."""
    speaks = _speaks(recovery)
    for step in recovery.steps:
        if step == "offer" and recovery.offer is not None:
            wish = _offer(policy, recovery.offer, facts)
        else:
            wish = Proposal(policy=policy, type=step, status=EXECUTE, text=say_step(step), merge=step)
        yield replace(wish, letter=_letter(recovery, wish, facts)) if step == speaks else wish
    if recovery.lead:
        lead = recovery.lead
        yield Proposal(policy=policy, type="assign", status=EXECUTE, text=say_lead(lead), params={"to": lead})


def _speaks(recovery: Recovery) -> str:
    """The step with which the message goes out: the offer, or the first that speaks to the customer."""
    if recovery.message is None:
        return ""
    return "offer" if recovery.offer else next((step for step in recovery.steps if step in SPEAKING), "")


def _letter(recovery: Recovery, wish: Proposal, facts: Facts) -> Letter | None:
    if recovery.message is None:
        return None
    offer = recovery.offer
    params = offer_params(offer.family, wish.amount, offer.expires, facts.as_of) if offer else {}
    return Letter(message=recovery.message, params=params)


def _offer(policy: Policy, offer: Offer, facts: Facts) -> Proposal:
    amount, why = _amount(offer, facts)
    # Over what a policy may say by itself is a question to a person, never a silent no.
    approver = offer.approver or (None if amount else policy.owner)
    what = f"{amount} as {offer.family}" if amount else f"{offer.family}; the amount is open because {why}"
    return Proposal(
        policy=policy,
        type="offer",
        status=AWAIT_APPROVAL if approver else EXECUTE,
        text=say_offer(what, offer.expires, approver),
        params={
            "family": offer.family,
            "amount": str(amount) if amount else None,
            "expires": say_duration(offer.expires) if offer.expires else None,
            "approver": approver,
        },
        amount=amount,
    )


def _amount(offer: Offer, facts: Facts) -> tuple[Money | None, str]:
    if not isinstance(offer.amount, AmountBy):
        return offer.amount, ""
    found = facts.fields.get(offer.amount.field)
    if found is None:
        return None, f"{offer.amount.field} is not known"
    key = _as_key(found)
    return offer.amount.amounts.get(key), f"none is set for {offer.amount.field} {key}"


def _as_key(found: Value) -> str:
    """A value as rule files write it for a key: `true`, and `2` also when a plugin says 2.0."""
    if isinstance(found, bool):
        return str(found).lower()
    return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)


def doings(policy: Policy, recovery: Recovery, catalogue: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    for step in recovery.steps:
        if step == "offer" and recovery.offer is not None:
            yield _say_offer(policy, recovery.offer, catalogue)
        else:
            yield say_step(step)
    if recovery.lead:
        yield say_lead(recovery.lead)
    if recovery.message:
        yield from say_message(recovery.message)


def _say_offer(policy: Policy, offer: Offer, catalogue: Catalogue) -> str:
    if not isinstance(offer.amount, AmountBy):
        return say_offer(f"{offer.amount} as {offer.family}", offer.expires, offer.approver)
    field = catalogue.get(offer.amount.field)
    by = say_field(field) if field else f"`{offer.amount.field}`"
    table = ", ".join(f"{money} for {_say_key(key)}" for key, money in offer.amount.amounts.items())
    what = f"{offer.family} by {by}: {table} (for any other, {offer.approver or policy.owner} settles the amount)"
    return say_offer(what, offer.expires, offer.approver)


def _say_key(key: str) -> str:
    return _BOOLEANS.get(key) or (key if key.isdigit() else say_text(key))
