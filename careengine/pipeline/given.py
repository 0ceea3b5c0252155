"""Offers that others gave in the CRM: they take up limits, budgets and authority like those that the rules gave.

An offer of ours goes by its action's id, one of the CRM by the CRM's own. So what we wrote to a CRM and hear of again
counts once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from careengine.decide.authority import scope_of as scope_of_room
from careengine.decide.contact_cap import acting_at
from careengine.decide.limits import scope_of
from careengine.decide.restrain import applies
from careengine.model.authority import Authority
from careengine.model.history import OFFERS, UNDONE, of_one_crm, things_of
from careengine.model.limit import HOUSEHOLD, PERSON, Limit
from careengine.model.policy import AUTHORITY, BUDGET, LIMIT
from careengine.model.usage import Usage
from careengine.model.value import Money
from careengine.store import history, identities, reservations
from careengine.store.reservations import Stored
from careengine.store.totals import SPENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.history import Entry
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.usage import Used
    from careengine.pipeline.effects import Decided

OFFER, CASE, ENTITLEMENT = "offer", "case", "entitlement"
ACCEPTED, DECLINED, REVERSED = "offer.accepted", "offer.declined", "offer.reversed"
_OURS = re.compile(r"a_[0-9a-f]{24}")  # as `decide.act` makes them; a CRM may call an offer of its own `a_12`


def name_of(source: str, offer: str) -> str:
    """What the room of an offer is found by: ours by its action, that of a CRM by the CRM's name for it."""
    return offer if _OURS.fullmatch(offer) else f"{source}/{offer}"


def keep_given(transaction: Connection, decided: Decided) -> None:
    """Take the room of an offer that the CRM tells of for the first time, and of those in the customer's past there."""
    fields, source = decided.facts.fields, decided.interaction.source
    offer, family, amount = (fields.get(f"offer.{name}") for name in ("id", "family", "amount"))
    made: list[Stored] = []
    is_new = decided.interaction.type == ACCEPTED and isinstance(offer, str) and not _OURS.fullmatch(offer)
    if is_new and not is_overtaken(transaction, decided, str(offer)):
        money = amount if isinstance(amount, Money) else None
        made += _now(decided, name_of(source, str(offer)), str(family) if family else None, money)
    for entry in _offers(decided.past, acting_at(decided.facts)):
        name = name_of(source, entry.ref)
        if name not in {one.action for one in made}:
            made += _before(decided, name, entry)
    if not made:
        return
    known = {name for name in {one.action for one in made} if reservations.of_action(transaction, decided.tenant, name)}
    new = [replace(one, place=place) for place, one in enumerate(made) if one.action not in known]
    reservations.add(transaction, decided.tenant, new)


def is_overtaken(reader: Connection, decided: Decided, offer: str) -> bool:
    """Whether what is told of an offer is undone by what happened to it later, and reached us before.

    That it ran out undoes no acceptance of before: then nobody had told of that yet.
    """
    told, who = decided.interaction, decided.interaction.customer
    later = (DECLINED, REVERSED) if told.type == ACCEPTED else (ACCEPTED,)
    ids = () if who is None else identities.ids_of(reader, decided.tenant, who)
    since = (one for each in ids for one in history.after(reader, decided.tenant, each, OFFERS, decided.facts.as_of))
    states = {f"offer.{one.status}" for one in since if one.ref == offer and of_one_crm(one, told.source)}
    return not states.isdisjoint(later)


def used_before(asked: Used, policies: PolicySet, past: Sequence[Entry]) -> Usage:
    """What the past of a customer whom we meet for the first time takes up of a limit; it is not kept yet."""
    policy = policies.get(asked.policy)
    if policy is None or not isinstance(policy.outcome, Limit) or not _is_whose_past(policy.outcome.per):
        return Usage()
    limit = policy.outcome
    fitting = [
        one
        for one in _offers(past, asked.as_of)
        if _fits(limit, one.family) and _is_in(one, asked) and _is_of(limit, one, asked.scope)
    ]
    amounts = [one.amount.amount for one in fitting if one.amount and one.amount.currency == asked.currency]
    return Usage(count=len(fitting), amount=sum(amounts, Decimal(0)))


def _now(decided: Decided, name: str, family: str | None, amount: Money | None) -> Iterator[Stored]:
    facts = decided.facts
    for policy in _limits(decided, family):
        scope = scope_of(policy.outcome.per, facts)  # type: ignore[union-attr]  # see `_limits`
        if scope is not None:
            yield _stored(decided, policy, scope, name, amount)
    if family == ENTITLEMENT or amount is None:
        return
    for policy in decided.policies.of_kind(AUTHORITY):
        authority = policy.outcome
        if not isinstance(authority, Authority) or authority.role != facts.fields.get("employee.role"):
            continue
        if authority.currency == amount.currency and applies(policy, facts):
            for scope in sorted({scope for room in authority.may if (scope := scope_of_room(room, facts))}):
                yield _stored(decided, policy, scope, name, amount)


def _before(decided: Decided, name: str, entry: Entry) -> Iterator[Stored]:
    """Of whoever it was given to; what all or a team had to give at that time is not ours to count."""
    for policy in _limits(decided, entry.family):
        per = policy.outcome.per  # type: ignore[union-attr]  # see `_limits`
        scope = f"{CASE}:{entry.case}" if per == CASE and entry.case else scope_of(per, decided.facts)
        if _is_whose_past(per) and scope is not None and (per != CASE or entry.case):
            yield replace(_stored(decided, policy, scope, name, entry.amount), at=entry.at)


def _limits(decided: Decided, family: str | None) -> Iterator[Policy]:
    """The limits and budgets that count an offer of a family."""
    for kind in (LIMIT, BUDGET):
        for policy in decided.policies.of_kind(kind):
            if isinstance(policy.outcome, Limit) and _fits(policy.outcome, family) and applies(policy, decided.facts):
                yield policy


def _stored(decided: Decided, policy: Policy, scope: str, name: str, amount: Money | None) -> Stored:
    is_money = isinstance(policy.outcome, Authority) or (isinstance(policy.outcome, Limit) and policy.outcome.amount)
    return Stored(
        policy=policy.id,
        scope=scope,
        action=name,
        at=decided.facts.as_of,
        event=decided.event,
        state=SPENT,
        amount=amount if is_money else None,
    )


def _offers(past: Sequence[Entry], now: datetime) -> list[Entry]:
    """What the CRM remembers that was given, each once, as it stands; without ours, which are reserved already."""
    found = things_of(OFFERS, past, now) if past else []
    return [one for one in found if one.status not in UNDONE and not _OURS.fullmatch(one.ref)]


def _fits(limit: Limit, family: str | None) -> bool:
    """What is owed is never counted; of no known family it counts where any does."""
    return limit.of == OFFER and family != ENTITLEMENT and limit.family in (None, family)


def _is_whose_past(per: str) -> bool:
    return per in (PERSON, HOUSEHOLD, CASE)


def _is_of(limit: Limit, entry: Entry, scope: str) -> bool:
    return limit.per != CASE or scope == f"{CASE}:{entry.case}"


def _is_in(entry: Entry, asked: Used) -> bool:
    after = entry.at >= asked.since if asked.whole else entry.at > asked.since
    return after and entry.at < asked.until
