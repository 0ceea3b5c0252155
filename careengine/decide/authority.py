"""Keeps authority: what somebody may give without asking is reserved, what is above it goes to the next role."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from careengine.clock import period_of
from careengine.decide.contact_cap import acting_at
from careengine.decide.kinds.authority import say_per
from careengine.decide.logic import result_of
from careengine.model.authority import CASE, CUSTOMER, Authority, RoomLeft
from careengine.model.policy import AUTHORITY
from careengine.model.usage import Usage, Used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.decide.arbitrate import Standing
    from careengine.decide.proposal import Proposal
    from careengine.decide.restrain import Held
    from careengine.model.authority import Room, Step
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.value import Money

_SHARED = (CASE, CUSTOMER)
_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


def keep_authority(policy: Policy, held: Held) -> None:
    """Reserve what is within the authority of whoever is at work, and ask about what is not.

    Without an employee nobody gives anything away: the rules do, by the authority of those who wrote them.
    """
    role = _role(held.facts)
    if role is None:
        if _employee(held.facts) is not None:
            _ask_all(policy, held, "it is not known which role the employee has")
        return
    if role == _of(policy).role:
        for stands in held.wishes("offer"):
            _keep_one(policy, held, stands)


def authority_left(held: Held) -> Iterator[RoomLeft]:
    """What whoever is at work may still give without asking, beside what was just reserved."""
    role = _role(held.facts)
    for policy in held.policies.of_kind(AUTHORITY) if role is not None else ():
        at_work = policy.in_effect(held.facts.as_of) and result_of(policy, held.facts) is not False
        if _of(policy).role == role and at_work:
            _ask_in_order(policy, held.facts)
            for room in _of(policy).may:
                scope = scope_of(room, held.facts)
                yield left(policy, room, held.facts, scope, held.taken(policy, scope) if scope else Decimal(0))


def _ask_in_order(policy: Policy, facts: Facts) -> None:
    """What is left is told of rooms that others may be at: they are asked for in the order in which they are taken."""
    scopes = sorted((scope, at) for at, room in enumerate(_of(policy).may) if (scope := scope_of(room, facts)))
    for scope, at in scopes:
        facts.state.ask(question_of(policy, _of(policy).may[at], scope, acting_at(facts)))


def covers(authority: Authority, amount: Money) -> bool:
    """Whether somebody of the role may give an amount, with nothing used yet."""
    return amount.currency == authority.currency and all(amount.amount <= room.amount.amount for room in authority.may)


def step_for(role_of: PolicySet, authority: Authority, amount: Money | None, since: int = 0) -> int:
    """The number of the first step from `since` on whose role may give the amount; else the last one.

    A role that no authority is written for may give any.
    """
    last = len(authority.above) - 1
    for number in range(since, last):
        if may_give(role_of, authority.above[number].ask, amount):
            return number
    return last


def may_give(policies: PolicySet, role: str, amount: Money | None) -> bool:
    """Whether a role may give an amount at once; one that no authority is written for may give any."""
    theirs = [policy.outcome for policy in policies.of_kind(AUTHORITY)]
    mine = [one for one in theirs if isinstance(one, Authority) and one.role == role]
    return not mine or (amount is not None and any(covers(one, amount) for one in mine))


def _of(policy: Policy) -> Authority:
    return policy.outcome  # type: ignore[return-value]  # the reader of this kind made it


def _role(facts: Facts) -> str | None:
    found = facts.fields.get("employee.role")
    return found if isinstance(found, str) else None


def _employee(facts: Facts) -> str | None:
    found = facts.fields.get("employee.id")
    return found if isinstance(found, str) and found else None


def _ask_all(policy: Policy, held: Held, why: str) -> None:
    for wish, _ in held.wishes("offer"):
        if not any(one.kind == AUTHORITY and one.of == wish.policy.id for one in held.restraints):
            _ask(policy, held, wish, why)


def _ask(policy: Policy, held: Held, wish: Proposal, why: str) -> None:
    step = _step(policy, held, wish)
    held.ask(policy, wish, step.ask, why)


def _step(policy: Policy, held: Held, wish: Proposal) -> Step:
    return _of(policy).above[step_for(held.policies, _of(policy), wish.amount)]


def _keep_one(policy: Policy, held: Held, stands: Standing) -> None:
    wish, authority = stands[0], _of(policy)
    if wish.amount is None:
        _ask(policy, held, wish, "its amount is open")
        return
    if wish.amount.currency != authority.currency:
        if not _is_for_another(policy, held, wish.amount.currency):
            _ask(policy, held, wish, f"{wish.amount} cannot be counted towards amounts in {authority.currency}")
        return
    # In one order, so that of two who wait for each other's room there is none.
    rooms = sorted(((scope_of(room, held.facts) or "", room) for room in authority.may), key=lambda one: one[0])
    why = [reason for scope, room in rooms if (reason := _too_much(policy, room, scope, held, wish.amount))]
    # A day and a week of one employee are two looks at the same room.
    for scope, room in {scope: room for scope, room in reversed(rooms) if scope}.items():
        held.reserve(policy, stands, scope, period=_period(room, held.facts), amount=wish.amount, until=None)
    if why:
        _ask(policy, held, wish, why[0])


def _is_for_another(policy: Policy, held: Held, currency: str) -> bool:
    """Whether another authority of the role is in this currency, which then counts it."""
    others = (one for one in held.policies.of_kind(AUTHORITY) if one is not policy and one.in_effect(held.facts.as_of))
    return any(_of(one).role == _of(policy).role and _of(one).currency == currency for one in others)


def _too_much(policy: Policy, room: Room, scope: str, held: Held, amount: Money) -> str:
    """Why it does not fit, with the figures; empty when it does."""
    if not scope:
        return f"it is not known which {room.per if room.per in _SHARED else 'employee'} it is for"
    usage = Usage.of(held.facts.state.ask(question_of(policy, room, scope, acting_at(held.facts))))
    if usage is None:
        return f"it is not known how much of {room.amount} {say_per(room)} is used already"
    taken = usage.amount + held.taken(policy, scope)
    if taken + amount.amount <= room.amount.amount:
        return ""
    used = f"{room.amount.written_alike(taken)} of it are used, and " if taken else ""
    return f"{_of(policy).role} may give {room.amount} {say_per(room)}; {used}{amount} are wanted"


def scope_of(room: Room, facts: Facts) -> str | None:
    """Whose room it is: the case's or the customer's, whoever serves them, or the employee's; None when not known."""
    shared = {CASE: facts.fields.get("case.id"), CUSTOMER: facts.whose}
    found = shared[room.per] if room.per in shared else _employee(facts)
    return f"{room.per if room.per in shared else 'employee'}:{found}" if isinstance(found, str) and found else None


def question_of(policy: Policy, room: Room, scope: str, now: datetime) -> Used:
    """How much of the room is used, in the period of now or ever."""
    since, until = _EVER
    if room.zone is not None:
        period = period_of(now, room.per, room.zone)
        since, until = period.start, period.end
    more = {"whole": True, "currency": room.amount.currency}
    return Used(policy=policy.id, scope=scope, as_of=now, since=since, until=until, **more)  # type: ignore[arg-type]


def _period(room: Room, facts: Facts) -> str:
    return period_of(acting_at(facts), room.per, room.zone).name if room.zone is not None else ""


def left(policy: Policy, room: Room, facts: Facts, scope: str | None, taken: Decimal) -> RoomLeft:
    """How a room stands; `taken` is what was reserved of it since it was asked."""
    usage = Usage.of(facts.state.ask(question_of(policy, room, scope, acting_at(facts)))) if scope else None
    used = None if usage is None else usage.amount + taken
    return RoomLeft(
        policy=policy.id,
        status=policy.status,
        amount=room.amount,
        per=room.per,
        scope=scope,
        used=None if used is None else room.amount.written_alike(used),
        left=None if used is None else room.amount.written_alike(max(Decimal(0), room.amount.amount - used)),
    )
