"""Those who are asked, or to whom something is escalated, though by their own authority they could not settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.authority import CASE, Authority
from careengine.model.policy import LIVE, SHADOW, AmountBy, Recovery
from careengine.model.standard import Standard
from careengine.model.table import members
from careengine.policy.analysis.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.policy import Offer, Policy
    from careengine.model.value import Money

    May = Mapping[tuple[str, str], Money]  # what a role may give on a case, by role and currency


def weak_targets(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Approvers of offers above their authority, and milestones that escalate to somebody who may give less."""
    acting = [policy for policy in policies if policy.status in (LIVE, SHADOW)]
    may = _may_give(acting)
    for policy in acting if may else ():
        for member in members(policy):
            if isinstance(member.outcome, Recovery) and member.outcome.offer:
                yield from _weak_approver(member, member.outcome.offer, may)
        if isinstance(policy.outcome, Standard):
            yield from _weak_milestones(policy, policy.outcome, may)


def _may_give(policies: Sequence[Policy]) -> dict[tuple[str, str], Money]:
    found: dict[tuple[str, str], Money] = {}
    for policy in policies:
        if isinstance(policy.outcome, Authority):
            for room in policy.outcome.may:
                key = policy.outcome.role, room.amount.currency
                if room.per == CASE and (key not in found or found[key].amount < room.amount.amount):
                    found[key] = room.amount
    return found


def _weak_approver(policy: Policy, offer: Offer, may: May) -> Iterator[Finding]:
    if not offer.approver:
        return
    amounts = offer.amount.amounts.values() if isinstance(offer.amount, AmountBy) else [offer.amount]
    for amount in sorted(amounts, key=lambda one: -one.amount):
        most = may.get((offer.approver, amount.currency))
        if most is not None and most.amount < amount.amount:
            message = f"`{offer.approver}` may give {most} on a case, and so cannot say yes to {amount}"
            yield _finding(policy, "/offer/approver", message, "name a role that may, or give the role more")
            return


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
