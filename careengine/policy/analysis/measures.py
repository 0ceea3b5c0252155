"""Limits and budgets that contradict each other: the same offers counted in two currencies."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from careengine.model.limit import Limit
from careengine.model.policy import LIVE
from careengine.policy.analysis.box import Box
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import ALWAYS_THERE, spread, wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.policy import Policy


def torn_limits(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Of two live ones that may meet on an event, the later one by its id."""
    counting = [policy for policy in policies if policy.status == LIVE and isinstance(policy.outcome, Limit)]
    told: set[str] = set()
    for one, other in combinations(sorted(counting, key=lambda policy: policy.id), 2):
        if other.id not in told and _contradict(one.outcome, other.outcome) and _may_meet(one, other):
            told.add(other.id)
            yield _finding(one, other)


def _contradict(one: object, other: object) -> bool:
    assert isinstance(one, Limit)  # noqa: S101  the caller looked
    assert isinstance(other, Limit)  # noqa: S101
    same = one.of == other.of and (one.family is None or other.family is None or one.family == other.family)
    return bool(same and one.amount and other.amount and one.amount.currency != other.amount.currency)


def _may_meet(one: Policy, other: Policy) -> bool:
    mine, theirs = ([*spread([Box(sets={}, present=ALWAYS_THERE)], wishes(each))] for each in (one, other))
    return any(not box.meet(against).empty for box in mine for against in theirs)


def _finding(one: Policy, other: Policy) -> Finding:
    mine, theirs = other.outcome, one.outcome
    assert isinstance(mine, Limit)  # noqa: S101  see above
    assert isinstance(theirs, Limit)  # noqa: S101
    said = f"it counts in {mine.amount.currency if mine.amount else ''}, and `{one.id}` the same offers in"
    return Finding(
        code="CE345",
        policy=other,
        pointer=f"/{mine.block}/amount",
        message=f"{said} {theirs.amount.currency if theirs.amount else ''}: one of them would have to ask about each",
        suggestion="give each a `when`, such as `{field: customer.region, is: eu}`",
        severity="error",
    )
