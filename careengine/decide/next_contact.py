"""Where contact caps take away the contact that went first: those that gave way to it are heard, in their order.

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


def hear_next(held: Held, outweighed: GaveWay, cap: Callable[[Proposal], Held]) -> GaveWay:
    """Let the next contact stand that the caps let through; what still gives way, and to whom.

    `cap` has all caps look at one contact by itself. While one contact is put off, no other is put off
    beside it: of several, one is made.
    """
    left: GaveWay = []
    first: dict[int, Proposal] = {}  # who goes first by now, by whom it was
    for loser, winner in outweighed:
        ahead = first.get(id(winner), winner)
        if loser.type == "contact" and not _is_made(ahead, held):
            capped = cap(loser)
            if _is_made(loser, capped) or not _is_put_off(ahead, held):
                _take_over(held, capped)
                first[id(winner)] = loser
                continue
        left.append((loser, ahead))
    return left


def _is_made(contact: Proposal, held: Held) -> bool:
    return any(wish.type == "contact" and wish.policy is contact.policy for wish, _ in held.standing)


def _is_put_off(contact: Proposal, held: Held) -> bool:
    of = contact.policy.id
    return any(one.of == of and one.did == DEFERRED and one.status == LIVE for one in held.restraints)


def _take_over(held: Held, capped: Held) -> None:
    held.standing += capped.standing
    held.withheld += capped.withheld
    held.restraints += capped.restraints
    held.faults += capped.faults
