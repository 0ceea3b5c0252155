"""Weighs the wishes: protection is a union, escalation takes the highest, recovery the best; losers are recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from careengine.decide.doing import say_support
from careengine.model.decision import Withheld
from careengine.model.policy import ESCALATION, PROTECTION, RECOVERY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from careengine.decide.propose import Proposal


def arbitrate(proposals: Sequence[Proposal]) -> tuple[list[tuple[Proposal, tuple[str, ...]]], list[Withheld]]:
    """The wishes that stand, each with the ids of the policies behind it, and those that gave way, with why."""
    standing: list[tuple[Proposal, tuple[str, ...]]] = []
    withheld: list[Withheld] = []
    ordered = sorted(proposals, key=_rank)
    for rivals in _groups(ordered):
        winner, *others = rivals
        if winner.merge:
            standing.append((_joined(rivals), tuple(dict.fromkeys(p.policy.id for p in rivals))))
            continue
        same = [rival for rival in others if _same_wish(rival, winner)]
        standing.append((winner, tuple(dict.fromkeys(proposal.policy.id for proposal in (winner, *same)))))
        withheld += [_gave_way(loser, winner) for loser in others if loser not in same]
    return sorted(_one_owner(standing, withheld), key=_reading_order), withheld


def _groups(ordered: Sequence[Proposal]) -> Iterable[list[Proposal]]:
    """Wishes that cannot all stand by themselves, the first going first."""
    groups: dict[tuple[str, ...], list[Proposal]] = {}
    for proposal in ordered:
        groups.setdefault(_contest(proposal), []).append(proposal)
    return [_without_exchange(group) for group in groups.values()]


def _without_exchange(group: list[Proposal]) -> list[Proposal]:
    """The same order, but amounts in several currencies do not count: no rate of exchange is assumed."""
    currencies = {proposal.amount.currency for proposal in group if proposal.amount}
    if len(currencies) <= 1:
        return group
    return sorted(group, key=lambda proposal: _rank(replace(proposal, amount=None)))


def _same_wish(one: Proposal, other: Proposal) -> bool:
    """Whether two policies want the very same thing. Of two equal offers only one is given, and so one gives way."""
    return one.type == other.type != "offer" and one.params == other.params


def _contest(proposal: Proposal) -> tuple[str, ...]:
    if proposal.merge:
        return ("merge", proposal.merge)
    if proposal.type == "offer":
        family = proposal.params["family"]
        # What is owed adds up: every entitlement is a contest of its own.
        return ("offer", family, proposal.policy.name if family == "entitlement" else "")
    return (proposal.type, proposal.policy.id if proposal.type == "review" else "")


def _rank(proposal: Proposal) -> tuple[int, int, Decimal, str, int]:
    """First the highest level, then the highest priority, then the largest amount, then the id and the row."""
    amount = -proposal.amount.amount if proposal.amount else Decimal(0)
    return (
        -int(proposal.params.get("level") or 0),
        -proposal.policy.priority,
        amount,
        proposal.policy.id,
        proposal.policy.row,
    )


def _reading_order(stands: tuple[Proposal, tuple[str, ...]]) -> tuple[int, int, str, int, int]:
    """The employee first, then who takes over, then the remedy; within a policy as its file has it."""
    proposal, _ = stands
    kind = (PROTECTION, ESCALATION, RECOVERY).index(proposal.policy.kind)
    return (kind, -proposal.policy.priority, proposal.policy.id, proposal.policy.row, proposal.place)


def _joined(rivals: Sequence[Proposal]) -> Proposal:
    """One wish for all of them: the most urgent alert or flag, every measure of support."""
    first = rivals[0]
    if first.type in ("alert", "flag"):
        return min(rivals, key=lambda rival: timedelta.max if rival.within is None else rival.within)
    if first.type != "support":
        return first
    measures = list(dict.fromkeys(measure for rival in rivals for measure in rival.params["measures"]))
    return replace(first, params={**first.params, "measures": measures}, text=say_support(measures))


def _gave_way(loser: Proposal, winner: Proposal) -> Withheld:
    why = f"{loser.text}: {winner.policy.name} goes first ({winner.text})"
    return Withheld(policy=loser.policy.id, by=winner.policy.id, why=why)


def _one_owner(
    standing: list[tuple[Proposal, tuple[str, ...]]], withheld: list[Withheld]
) -> list[tuple[Proposal, tuple[str, ...]]]:
    """A case has one owner: where it is escalated, the escalation names them and not the recovery's lead."""
    escalation = next((proposal for proposal, _ in standing if proposal.type == "escalate"), None)
    if escalation is None:
        return standing
    withheld += [_gave_way(proposal, escalation) for proposal, _ in standing if proposal.type == "assign"]
    return [(proposal, policies) for proposal, policies in standing if proposal.type != "assign"]
