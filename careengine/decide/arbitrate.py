"""Weighs the wishes: protection is a union, escalation takes the highest, recovery the best; losers are recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from careengine.decide.doing import say_support
from careengine.decide.proposal import Proposal
from careengine.model.policy import LIVE
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_COUNTED = ("offer", "nominate")

Standing = tuple[Proposal, tuple[str, ...]]
"""A wish that stands, with the ids of all policies behind it."""


def weigh(proposals: Sequence[Proposal]) -> tuple[list[Standing], list[tuple[Proposal, Proposal]]]:
    """The wishes that stand, and those that gave way, each with the one that goes first.

    Live policies compete with live ones; shadow policies with each other, so that they show what they would do.
    """
    shadow = [proposal for proposal in proposals if proposal.policy.status != LIVE]
    if not shadow:
        return _arbitrate(proposals)
    standing, outweighed = _arbitrate([proposal for proposal in proposals if proposal.policy.status == LIVE])
    would_stand, would_give_way = _arbitrate(shadow)
    return standing + would_stand, outweighed + would_give_way


def _arbitrate(proposals: Sequence[Proposal]) -> tuple[list[Standing], list[tuple[Proposal, Proposal]]]:
    if len(proposals) < 2:  # noqa: PLR2004  nothing to weigh it against
        return [(proposal, (proposal.policy.id,)) for proposal in proposals], []
    standing: list[Standing] = []
    outweighed: list[tuple[Proposal, Proposal]] = []
    for rivals in _groups(proposals):
        winner = rivals[0]
        if winner.merge:
            standing.append((_joined(rivals), _ids(rivals)))
            continue
        same = [winner]
        for rival in rivals[1:]:
            if _same_wish(rival, winner):
                same.append(rival)
            else:
                outweighed.append((rival, winner))
        standing.append((winner, _ids(same)))
    return sorted(_one_owner(standing, outweighed), key=_reading_order), outweighed


def _ids(proposals: Sequence[Proposal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(proposal.policy.id for proposal in proposals))


def _groups(proposals: Sequence[Proposal]) -> Iterable[list[Proposal]]:
    """Wishes that cannot all stand by themselves, the first going first."""
    groups: dict[tuple[str, ...], list[Proposal]] = {}
    for proposal in sorted(proposals, key=attrgetter("rank")):
        groups.setdefault(proposal.contest, []).append(proposal)
    return [_without_exchange(group) if len(group) > 1 else group for group in groups.values()]


def _reading_order(stands: Standing) -> tuple[int, int, str, int, int]:
    return stands[0].reading_order


def _without_exchange(group: list[Proposal]) -> list[Proposal]:
    """The same order, but amounts in several currencies do not count: no rate of exchange is assumed."""
    currencies = {proposal.amount.currency for proposal in group if proposal.amount}
    if len(currencies) <= 1:
        return group
    return sorted(group, key=lambda proposal: replace(proposal, amount=None).rank)


def _same_wish(one: Proposal, other: Proposal) -> bool:
    """Whether two policies want the very same thing.

    Of two equal offers or nominations only one is made, and so one gives way.
    """
    return one.type == other.type and one.type not in _COUNTED and one.params == other.params


def _joined(rivals: Sequence[Proposal]) -> Proposal:
    """One wish for all of them: the most urgent alert or flag, every measure of support."""
    first = rivals[0]
    if first.type in ("alert", "flag"):
        return min(rivals, key=lambda rival: timedelta.max if rival.within is None else rival.within)
    if first.type != "support":
        letter = next((rival.letter for rival in rivals if rival.letter), None)
        return first if letter is first.letter else replace(first, letter=letter)
    measures = list(dict.fromkeys(measure for rival in rivals for measure in rival.params["measures"]))
    away = [rival.within for rival in rivals if "route_away" in rival.params["measures"]]
    longest = None if None in away else max((one for one in away if one), default=None)  # one without an end has none
    params = {name: value for name, value in first.params.items() if name != "away_for"} | {"measures": measures}
    params |= {"away_for": say_duration(longest)} if longest else {}
    return replace(first, params=params, within=longest, text=say_support(measures, longest))


def _one_owner(standing: list[Standing], outweighed: list[tuple[Proposal, Proposal]]) -> list[Standing]:
    """A case has one owner: where it is escalated, the escalation names them and not the recovery's lead."""
    assigned = [proposal for proposal, _ in standing if proposal.type == "assign"]
    escalation = next((proposal for proposal, _ in standing if proposal.type == "escalate"), None) if assigned else None
    if escalation is None:
        return standing
    outweighed += [(proposal, escalation) for proposal in assigned]
    return [(proposal, policies) for proposal, policies in standing if proposal.type != "assign"]
