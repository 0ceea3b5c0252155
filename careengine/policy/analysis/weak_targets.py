"""Those who are asked, or to whom something is escalated, though by their own authority they could not settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.authority import CASE, Authority
from careengine.model.limit import Limit
from careengine.model.policy import ENTITLEMENT, LIVE, SHADOW, AmountBy, Recovery
from careengine.model.standard import Standard
from careengine.model.table import members
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching, may_meet
from careengine.policy.analysis.weak_escalations import weak_escalations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.policy import Offer, Policy
    from careengine.model.value import Money

    May = Mapping[tuple[str, str], Money]  # what a role may give on a case, by role and currency


def weak_targets(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Those who approve what is above their authority, and those who get a case from somebody who may give more.

    Whoever no authority is written for may give any amount, as when it is decided.
    """
    acting = [policy for policy in policies if policy.status in (LIVE, SHADOW)]
    may = _may_give(acting)
    if not may:
        return
    rows = [row for policy in acting for row in members(policy)]
    for row in rows:
        if isinstance(row.outcome, Recovery) and row.outcome.offer:
            yield from _weak_approver(row, row.outcome.offer, may)
        if isinstance(row.outcome, Limit):
            yield from _weak_asked(row, row.outcome, rows, may)
        if isinstance(row.outcome, Standard):
            yield from _weak_milestones(row, row.outcome, may)
    yield from weak_escalations(rows, may)


def _may_give(policies: Sequence[Policy]) -> dict[tuple[str, str], Money]:
    found: dict[tuple[str, str], Money] = {}
    for policy in policies:
        if isinstance(policy.outcome, Authority):
            for room in policy.outcome.may:
                key = policy.outcome.role, room.amount.currency
                if room.per == CASE and (key not in found or found[key].amount < room.amount.amount):
                    found[key] = room.amount
    return found


def _amounts(offer: Offer) -> Sequence[Money]:
    """What it may come to, the most first."""
    amounts = offer.amount.amounts.values() if isinstance(offer.amount, AmountBy) else [offer.amount]
    return sorted(amounts, key=lambda one: -one.amount)


def _too_much(role: str, offer: Offer, may: May) -> tuple[Money, Money] | None:
    """What the role may give and what is asked of it, where that is more."""
    for amount in _amounts(offer):
        most = may.get((role, amount.currency))
        if most is not None and most.amount < amount.amount:
            return most, amount
    return None


def _weak_approver(policy: Policy, offer: Offer, may: May) -> Iterator[Finding]:
    if offer.approver and (found := _too_much(offer.approver, offer, may)):
        message = f"`{offer.approver}` may give {found[0]} on a case, and so cannot say yes to {found[1]}"
        yield _finding(policy, "/offer/approver", message, "name a role that may, or give the role more")


def _weak_asked(policy: Policy, limit: Limit, rows: Sequence[Policy], may: May) -> Iterator[Finding]:
    """A limit asks about every offer that it counts, once it is used up."""
    role = limit.over.to
    if all(known != role for known, _ in may):
        return
    for row in rows:
        offer = row.outcome.offer if isinstance(row.outcome, Recovery) else None
        if offer is None or not _counts(limit, row, offer):
            continue
        found = _too_much(role, offer, may)
        if found and may_meet(matching(row), matching(policy)):
            message = f"`{role}` may give {found[0]} on a case, and so cannot say yes to {found[1]} of `{row.id}`"
            yield _finding(policy, "/over/ask", message, "ask a role that may, or give the role more")
            return


def _counts(limit: Limit, policy: Policy, offer: Offer) -> bool:
    owed = ENTITLEMENT in (policy.kind, offer.family)
    return limit.of == "offer" and not owed and limit.family in (None, offer.family)


def _weak_milestones(policy: Policy, standard: Standard, may: May) -> Iterator[Finding]:
    before: str | None = None
    for number, milestone in enumerate(standard.milestones):
        role = milestone.escalate_to
        if role is None:
            continue
        for (other, currency), most in may.items():
            mine = may.get((role, currency))
            if other == before and mine is not None and mine.amount < most.amount:
                message = f"`{role}` may give {mine} on a case, less than `{before}` ({most}), who has it before"
                yield _finding(policy, f"/milestones/{number}/escalate_to", message, "escalate upward only")
        before = role


def _finding(policy: Policy, pointer: str, message: str, hint: str) -> Finding:
    return Finding(code="CE339", policy=policy, pointer=pointer, message=message, suggestion=hint, severity="error")
