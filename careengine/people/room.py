"""The room that a person's yes takes: of limits and budgets, and of what they may give on their own authority."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from careengine.decide.authority import question_of as question_of_room
from careengine.decide.authority import scope_of
from careengine.decide.kinds.limit import say_span
from careengine.decide.limits import question_of, too_dear
from careengine.decide.logic import result_of
from careengine.model.authority import CASE, CUSTOMER, Authority
from careengine.model.facts import Facts
from careengine.model.limit import Limit
from careengine.model.policy import AUTHORITY, BUDGET, LIMIT, LIVE
from careengine.people.actor import ANYBODY
from careengine.pipeline.usage import usage_of
from careengine.store import decisions, reservations
from careengine.store.reservations import WAITING, Stored
from careengine.store.totals import HELD, SPENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.authority import Room
    from careengine.model.policy import Policy
    from careengine.model.usage import Usage, Used
    from careengine.model.value import Money
    from careengine.people.deciding import Deciding


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """A limit or budget that an amount goes beyond, whose room that is, and why with the figures."""

    policy: Policy
    limit: Limit
    scope: str
    why: str


def beyond(deciding: Deciding, amount: Money) -> list[Beyond]:
    """The limits and budgets that have no room for an amount, beside what the waiting action holds of them itself."""
    return list(_beyond(deciding, amount))


def own_room(deciding: Deciding, amount: Money) -> list[tuple[str, str]] | None:
    """The rooms (policy and scope) that a yes to an amount takes of whoever says it; None when they may not give it.

    It is judged by the role that is asked, and by those of their other roles that an authority is written for.
    """
    roles, asked = deciding.by.roles, deciding.task.role
    if ANYBODY in roles or not _authorities(deciding, asked):
        return []
    theirs = (_of_role(deciding, role, amount) for role in (asked, *sorted(roles - {asked})))
    return next((rooms for rooms in theirs if rooms is not None), None)


def take(deciding: Deciding, rooms: list[tuple[str, str]], amount: Money) -> None:
    """Reserve it, where the waiting action does not hold it anyway."""
    action, event, now = deciding.action, deciding.task.event, deciding.now
    if action is None or event is None:
        return
    there = {(one.policy, one.scope) for one in _held(deciding)}
    made = [
        Stored(policy=policy, scope=scope, action=action, at=now, event=event, state=HELD, amount=amount)
        for policy, scope in rooms
        if (policy, scope) not in there
    ]
    reservations.add(deciding.transaction, deciding.tenant, made)


def _beyond(deciding: Deciding, amount: Money) -> Iterator[Beyond]:
    policies = deciding.pipeline.policies()
    held = [(policies.get(one.policy), one) for one in _held(deciding)]
    # In the order in which decisions ask, so that of two who wait for each other's room there is none.
    for kind in (LIMIT, BUDGET):
        for policy, one in held:
            if policy is None or (policy.kind, policy.status) != (kind, LIVE) or not isinstance(policy.outcome, Limit):
                continue
            usage = _used(
                deciding, question_of(policy, one.scope, deciding.now if one.state == WAITING else one.at, deciding.now)
            )
            most, span = policy.outcome.amount, say_span(policy.outcome)
            if most is not None and (why := too_dear(most, span, usage, amount)):
                yield Beyond(policy=policy, limit=policy.outcome, scope=one.scope, why=why)


def _authorities(deciding: Deciding, role: str) -> list[tuple[Policy, Authority]]:
    found = ((policy, policy.outcome) for policy in deciding.pipeline.policies().of_kind(AUTHORITY))
    return [
        (policy, outcome)
        for policy, outcome in found
        if isinstance(outcome, Authority)
        and outcome.role == role
        and policy.status == LIVE
        and policy.in_effect(deciding.now)
    ]


def _of_role(deciding: Deciding, role: str, amount: Money) -> list[tuple[str, str]] | None:
    kept = decisions.get(deciding.transaction, deciding.tenant, str(deciding.task.document.get("decision")))
    facts = None if kept is None else Facts.from_snapshot(kept.facts, deciding.pipeline.reader.catalogue)
    mine = [(policy, one) for policy, one in _authorities(deciding, role) if one.currency == amount.currency]
    if facts is None or not any(result_of(policy, facts) is not False for policy, _ in mine):
        return None
    rooms = [(policy, room) for policy, one in mine if result_of(policy, facts) is not False for room in one.may]
    scopes = [_scopes(deciding, room, facts) for _, room in rooms]
    ordered = sorted(zip(scopes, rooms, strict=True), key=lambda one: (one[1][0].id, one[0]))
    if not all(_fits(deciding, policy, room, scope, amount) for scope, (policy, room) in ordered):
        return None
    return list(dict.fromkeys((policy.id, scope[0]) for scope, (policy, _) in ordered))


def _scopes(deciding: Deciding, room: Room, facts: Facts) -> list[str]:
    """Whose room it is, in the first place where the yes is reserved: the case's, the customer's, or the approver's."""
    if room.per in (CASE, CUSTOMER):
        found = scope_of(room, facts)
        return [found] if found else []
    return [f"employee:{name}" for name in sorted(deciding.by.employees) or [deciding.by.name]]


def _fits(deciding: Deciding, policy: Policy, room: Room, scopes: list[str], amount: Money) -> bool:
    asked = (question_of_room(policy, room, scope, deciding.now) for scope in scopes)
    used = sum((_used(deciding, one).amount for one in asked), Decimal(0))
    return bool(scopes) and used + amount.amount <= room.amount.amount


def _used(deciding: Deciding, asked: Used) -> Usage:
    """How much is taken by others than the waiting action."""
    usage = usage_of(deciding.transaction, deciding.tenant, asked)
    own = [one for one in _held(deciding) if _counted(one, asked)]
    amounts = (one.amount.amount for one in own if one.amount and one.amount.currency == asked.currency)
    return replace(usage, count=usage.count - len(own), amount=usage.amount - sum(amounts, Decimal(0)))


def _held(deciding: Deciding) -> list[Stored]:
    return reservations.of_action(deciding.transaction, deciding.tenant, deciding.action or "")


def _counted(one: Stored, asked: Used) -> bool:
    if (one.policy, one.scope) != (asked.policy, asked.scope):
        return False
    stands = one.state == SPENT or (one.state == HELD and (one.until is None or one.until > asked.as_of))
    return stands and asked.since <= one.at < asked.until
