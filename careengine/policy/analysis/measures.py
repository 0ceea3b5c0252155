"""Guardrails that contradict each other or name nothing: limits in two currencies, arbitrations of one rank."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from careengine.model.arbitration import Arbitration
from careengine.model.limit import Limit
from careengine.model.policy import LIVE, PROPOSING, Recovery
from careengine.model.table import members
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching, may_meet
from careengine.policy.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.policy import Policy


def torn_limits(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Of two live ones that may meet on an event, the later one by its id."""
    counting = [policy for policy in policies if policy.status == LIVE and isinstance(policy.outcome, Limit)]
    told: set[str] = set()
    for one, other in combinations(sorted(counting, key=lambda policy: policy.id), 2):
        if (
            other.id not in told
            and _contradict(one.outcome, other.outcome)
            and may_meet(matching(one), matching(other))
        ):
            told.add(other.id)
            yield _finding(one, other)


def _contradict(one: object, other: object) -> bool:
    assert isinstance(one, Limit)  # noqa: S101  the caller looked
    assert isinstance(other, Limit)  # noqa: S101
    same = one.of == other.of and (one.family is None or other.family is None or one.family == other.family)
    return bool(same and one.amount and other.amount and one.amount.currency != other.amount.currency)


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


def rival_arbitrations(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Of two live ones that may meet on an event with one priority, the one that never decides there."""
    among = [policy for policy in policies if policy.status == LIVE and isinstance(policy.outcome, Arbitration)]
    for one, other in combinations(sorted(among, key=lambda policy: policy.id), 2):
        if one.priority == other.priority and may_meet(matching(one), matching(other)):
            yield Finding(
                code="CE347",
                policy=other,
                pointer="/arbitration",
                message=f"`{one.id}` applies to the same events with the same priority, and decides by its id",
                suggestion="give one of them a higher `priority`, or each a `when`",
            )


def empty_groups(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Members of exclusive groups that make no offer; nothing where no policy of the set proposes anything."""
    known = {"goodwill", "gesture"}
    known |= {policy.id for policy in policies if any(_offers(member) for member in members(policy))}
    if not any(policy.kind in PROPOSING for policy in policies):
        return
    for policy in policies:
        groups = policy.outcome.exclusive if isinstance(policy.outcome, Arbitration) else ()
        for number, group in enumerate(groups):
            for place, member in enumerate(group):
                if member not in known:
                    yield Finding(
                        code="CE348",
                        policy=policy,
                        pointer=f"/arbitration/exclusive/{number}/{place}",
                        message=f"`{member}` makes no offer here, so nothing excludes it",
                        suggestion=did_you_mean(member, known),
                    )


def _offers(policy: Policy) -> bool:
    return isinstance(policy.outcome, Recovery) and policy.outcome.offer is not None
