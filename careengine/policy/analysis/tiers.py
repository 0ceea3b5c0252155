"""Policies that differ in one threshold only, like tiers: the narrower one should ask for as much, or more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from careengine.model.condition import FieldTest
from careengine.model.policy import Escalation, Recovery
from careengine.model.value import Money
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.tests_in import tests_in
from careengine.policy.analysis.values import Range

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Test
    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box
    from careengine.policy.analysis.subject import Subject

_MOST = 64  # tiers of one series


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tier:
    policy: Policy
    box: Box
    subject: Subject
    values: Range
    rank: Any


def misplaced_tiers(members: Sequence[tuple[Policy, list[Box]]], catalogue: Catalogue) -> Iterator[Finding]:
    """The tiers of each series that break its order."""
    series: dict[Hashable, list[_Tier]] = defaultdict(list)
    for policy, boxes in members:
        if len(boxes) == 1:
            for key, tier in _tiers(policy, boxes[0]):
                series[key].append(tier)
    for tiers in series.values():
        ordered = _from_wide_to_narrow(tiers)
        for tier in _out_of_place(ordered):
            yield _finding(tier, ordered, catalogue)


def _tiers(policy: Policy, box: Box) -> Iterator[tuple[Hashable, _Tier]]:
    contest, rank = _rank(policy)
    if rank is None:
        return
    for subject, values in box.sets.items():
        if isinstance(values, Range):
            rest = frozenset((other, held) for other, held in box.sets.items() if other != subject)
            key = (contest, subject, rest, box.present, box.missing, box.opaque)
            yield key, _Tier(policy=policy, box=box, subject=subject, values=values, rank=rank)


def _rank(policy: Policy) -> tuple[Hashable, Any]:
    """What a policy competes in, and how much it asks for."""
    outcome = policy.outcome
    if isinstance(outcome, Escalation):
        return "escalate", outcome.level
    if isinstance(outcome, Recovery) and outcome.offer and isinstance(outcome.offer.amount, Money):
        amount = outcome.offer.amount
        return (outcome.offer.family, policy.priority, amount.currency), amount.amount
    return "", None


def _from_wide_to_narrow(tiers: list[_Tier]) -> list[_Tier]:
    """The tiers so that each holds the next one; none when they are no such series."""
    if not 1 < len(tiers) <= _MOST:
        return []
    ordered = sorted(tiers, key=lambda tier: -sum(other.values.within(tier.values) for other in tiers))
    nested = all(
        narrow.values.within(wide.values) and not wide.values.within(narrow.values)
        for wide, narrow in pairwise(ordered)
    )
    return ordered if nested else []


def _out_of_place(ordered: list[_Tier]) -> list[_Tier]:
    """The fewest tiers without which the rest never asks for less as it gets narrower."""
    best: list[list[_Tier]] = []
    for tier in ordered:
        before = max((chain for chain in best if chain[-1].rank <= tier.rank), key=len, default=[])
        best.append([*before, tier])
    kept = {id(tier) for tier in max(best, key=len, default=[])}
    return [tier for tier in ordered if id(tier) not in kept]


def _finding(tier: _Tier, ordered: list[_Tier], catalogue: Catalogue) -> Finding:
    place = ordered.index(tier)
    wide, narrow = next(
        (one, other)
        for one, other in [
            *((other, tier) for other in ordered[:place]),
            *((tier, other) for other in ordered[place + 1 :]),
        ]
        if one.rank > other.rank
    )
    other = narrow if wide is tier else wide
    is_there = _say_rank(tier), _say_rank(other)
    test = _test_of(tier)
    relation = "narrower" if tier is narrow else "wider"
    return Finding(
        code="CE707",
        policy=tier.policy,
        pointer=test.pointer if test else "/when",
        message=(
            f"the tiers are out of order: this one is {relation} than `{other.policy.id}`, "
            f"but it asks for {is_there[0]} and that one for {is_there[1]}"
        ),
        suggestion="look for a slip in the threshold or in what the two ask for",
        example=shown_by([narrow.box], catalogue, narrow.policy, wide.policy),
    )


def _say_rank(tier: _Tier) -> str:
    outcome = tier.policy.outcome
    if isinstance(outcome, Recovery) and outcome.offer:
        return f"{outcome.offer.amount}"
    return f"level {tier.rank}"


def _test_of(tier: _Tier) -> Test | None:
    for test in tests_in(tier.policy):
        if isinstance(test, FieldTest):
            if tier.subject.field and test.field.path == tier.subject.field.path and test.operator != "present":
                return test
        elif test.query == tier.subject.query:
            return test
    return None
