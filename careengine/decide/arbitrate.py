"""Weighs the wishes: protection is a union, escalation takes the highest, recovery the best; losers are recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from careengine.decide.doing import say_support
from careengine.model.decision import Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from careengine.decide.propose import Proposal


def arbitrate(proposals: Sequence[Proposal]) -> tuple[list[tuple[Proposal, tuple[str, ...]]], list[Withheld]]:
    """The wishes that stand, each with the ids of the policies behind it, and those that gave way, with why."""
    if not proposals:
        return [], []
    standing: list[tuple[Proposal, tuple[str, ...]]] = []
    withheld: list[Withheld] = []
    for rivals in _groups(sorted(proposals, key=attrgetter("rank"))):
        winner, *others = rivals
        if winner.merge:
            standing.append((_joined(rivals), tuple(dict.fromkeys(p.policy.id for p in rivals))))
            continue
        same = [rival for rival in others if _same_wish(rival, winner)]
        standing.append((winner, tuple(proposal.policy.id for proposal in (winner, *same))))
        withheld += [_gave_way(loser, winner) for loser in others if loser not in same]
    return sorted(_one_owner(standing, withheld), key=lambda stands: stands[0].reading_order), withheld


def _groups(ordered: Sequence[Proposal]) -> Iterable[list[Proposal]]:
    """Wishes that cannot all stand by themselves, the first going first."""
    groups: dict[tuple[str, ...], list[Proposal]] = {}
    for proposal in ordered:
        groups.setdefault(proposal.contest, []).append(proposal)
    return [_without_exchange(group) for group in groups.values()]


def _without_exchange(group: list[Proposal]) -> list[Proposal]:
    """The same order, but amounts in several currencies do not count: no rate of exchange is assumed."""
    currencies = {proposal.amount.currency for proposal in group if proposal.amount}
    if len(currencies) <= 1:
        return group
    return sorted(group, key=lambda proposal: replace(proposal, amount=None).rank)


def _same_wish(one: Proposal, other: Proposal) -> bool:
    """Whether two policies want the very same thing. Of two equal offers only one is given, and so one gives way."""
    return one.type == other.type != "offer" and one.params == other.params


def _joined(rivals: Sequence[Proposal]) -> Proposal:
    """One wish for all of them: the most urgent alert or flag, every measure of support."""
    first = rivals[0]
    if first.type in ("alert", "flag"):
        return min(rivals, key=lambda rival: timedelta.max if rival.within is None else rival.within)
    if first.type != "support":
        return first
    measures = list(dict.fromkeys(measure for rival in rivals for measure in rival.params["measures"]))
    return replace(first, params={**first.params, "measures": measures}, text=say_support(measures))


@dataclass(slots=True)
class _GaveWay:
    """Makes what is told of a wish that gave way to another."""

    loser: Proposal
    winner: Proposal

    def why(self) -> str:
        return f"{self.loser.text}: {self.winner.policy.id} goes first ({self.winner.text})"


def _gave_way(loser: Proposal, winner: Proposal) -> Withheld:
    return Withheld.later(_GaveWay(loser, winner), policy=loser.policy.id, by=winner.policy.id)


def _one_owner(
    standing: list[tuple[Proposal, tuple[str, ...]]], withheld: list[Withheld]
) -> list[tuple[Proposal, tuple[str, ...]]]:
    """A case has one owner: where it is escalated, the escalation names them and not the recovery's lead."""
    escalation = next((proposal for proposal, _ in standing if proposal.type == "escalate"), None)
    if escalation is None:
        return standing
    withheld += [_gave_way(proposal, escalation) for proposal, _ in standing if proposal.type == "assign"]
    return [(proposal, policies) for proposal, policies in standing if proposal.type != "assign"]
