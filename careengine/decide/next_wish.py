"""Where a guardrail takes away the wish that went first: those that gave way to it are heard, in their order.

Otherwise a message that nobody may send would also keep back the apology that may be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.policy import LIVE
from careengine.model.restraint import DEFERRED

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine.decide.proposal import Proposal
    from careengine.decide.restrain import Held

    GaveWay = list[tuple[Proposal, Proposal]]  # a wish, and the one that goes first


def hear_next(held: Held, outweighed: GaveWay, kind: str, restrain: Callable[[Proposal], Held]) -> GaveWay:
    """Let the next wish of a type stand that is let through; what still gives way, and to whom.

    `restrain` has the guardrails look at one wish by itself. While one is put off, no other is put off beside it: of
    several, one is done.
    """
    left: GaveWay = []
    first: dict[int, Proposal] = {}  # who goes first by now, by whom it was
    for loser, winner in outweighed:
        ahead = first.get(id(winner), winner)
        if loser.type == kind and not _stands(ahead, held):
            alone = restrain(loser)
            if _stands(loser, alone) or not _is_put_off(ahead, held):
                _take_over(held, alone)
                first[id(winner)] = loser
                continue
        left.append((loser, ahead))
    return left


def _stands(one: Proposal, held: Held) -> bool:
    return any(wish.type == one.type and wish.policy is one.policy for wish, _ in held.standing)


def _is_put_off(one: Proposal, held: Held) -> bool:
    of = one.policy.id
    return any(done.of == of and done.did == DEFERRED and done.status == LIVE for done in held.restraints)


def _take_over(held: Held, alone: Held) -> None:
    held.standing += alone.standing
    held.withheld += alone.withheld
    held.restraints += alone.restraints
    held.reserved += alone.reserved
    held.faults += alone.faults
