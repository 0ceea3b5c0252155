"""Authority that leads nowhere: somebody is asked who may not do more, or anything, or roles that ask each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.authority import Authority
from careengine.model.policy import LIVE, SHADOW
from careengine.policy.analysis.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.authority import Room
    from careengine.model.policy import Policy


def weak_steps(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Steps that ask a role which itself may give no more than whoever asks, or has no bounds, or asks back."""
    held = [
        (one, one.outcome) for one in policies if isinstance(one.outcome, Authority) and one.status in (LIVE, SHADOW)
    ]
    by_role: dict[str, list[tuple[Policy, Authority]]] = {}
    for policy, authority in held:
        by_role.setdefault(authority.role, []).append((policy, authority))
    for policy, authority in held:
        for number, step in enumerate(authority.above):
            pointer = f"/authority/above/{number}/ask"
            for other, theirs in by_role.get(step.ask, ()):
                if why := _why_not(authority, theirs, other.id):
                    yield Finding(code="CE355", policy=policy, pointer=pointer, message=why, severity="error")
            if _leads_back(authority.role, step.ask, by_role):
                why = f"`{step.ask}` asks `{authority.role}` in turn, so they would decide for each other"
                yield Finding(code="CE356", policy=policy, pointer=pointer, message=why, severity="error")
            if step.ask not in by_role and step is not authority.above[-1]:
                yield _boundless(policy, pointer, step.ask)


def _boundless(policy: Policy, pointer: str, role: str) -> Finding:
    """Somebody has to be the last who decides; whoever is asked before them is to stop somewhere."""
    return Finding(
        code="CE357",
        policy=policy,
        pointer=pointer,
        message=f"`{role}` is asked before others, and no authority says how much it may give: any amount",
        suggestion=f"write an authority for `{role}`, or ask it last",
        severity="warning",
    )


def _why_not(mine: Authority, theirs: Authority, policy: str) -> str:
    if mine.currency != theirs.currency:
        return ""
    rooms = {room.per: room for room in theirs.may}
    for room in mine.may:
        other: Room | None = rooms.get(room.per)
        if other is not None and other.amount.amount <= room.amount.amount:
            what = f"{other.amount} for each {room.per} (`{policy}`), and `{mine.role}` {room.amount}"
            return f"`{theirs.role}` may itself give {what}: it could not say yes to more"
    return ""


def _leads_back(role: str, asked: str, by_role: Mapping[str, Sequence[tuple[Policy, Authority]]]) -> bool:
    """Whether whoever is asked asks this role, directly or by others."""
    seen, left = {asked}, [asked]
    while left:
        for _, authority in by_role.get(left.pop(), ()):
            for step in authority.above:
                if step.ask == role:
                    return True
                if step.ask not in seen:
                    seen.add(step.ask)
                    left.append(step.ask)
    return False
