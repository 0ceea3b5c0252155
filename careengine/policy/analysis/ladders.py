"""Ladders that contradict each other: of one conduct fewer incidents lead to more, or as many to something else."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from careengine.model.policy import LIVE
from careengine.model.protection import STEPS, Protection
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching, may_meet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.policy import Policy
    from careengine.model.protection import Rung


def rival_ladders(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Of two live ladders that may count the same incidents, the later one by its id, at its first step at odds."""
    ladders = [one for one in policies if one.status == LIVE and isinstance(one.outcome, Protection)]
    placed = [(one, matching(one)) for one in sorted(ladders, key=lambda one: one.id) if _counting(one)]
    for (one, boxes), (other, others) in combinations(placed, 2):
        odd = next(
            ((rung, theirs) for rung in _counting(other) for theirs in _counting(one) if _odd(rung, theirs)), None
        )
        if odd and may_meet(boxes, others):
            yield _finding(other, one, *odd)


def _counting(policy: Policy) -> list[Rung]:
    assert isinstance(policy.outcome, Protection)  # noqa: S101  the caller looked
    return [rung for rung in policy.outcome.ladder if rung.incidents and rung.restrict]


def _step(rung: Rung) -> int:
    assert rung.restrict is not None  # noqa: S101  only those are counted
    return STEPS.index(rung.restrict.step)


def _odd(rung: Rung, other: Rung) -> bool:
    """Whether the two are not steps of one rising ladder."""
    more, harsher = rung.incidents - other.incidents, _step(rung) - _step(other)
    return harsher != 0 if more == 0 else more * harsher < 0


def _finding(policy: Policy, other: Policy, rung: Rung, theirs: Rung) -> Finding:
    mine, said = STEPS[_step(rung)], f"{theirs.incidents} for a `{STEPS[_step(theirs)]}`"
    return Finding(
        code="CE360",
        policy=policy,
        pointer=f"{rung.pointer}/incidents",
        message=f"{rung.incidents} incidents lead to a `{mine}` here, and `{other.id}` takes {said}",
        suggestion="make one ladder of the two, or let their conditions exclude each other",
        severity="error",
    )
