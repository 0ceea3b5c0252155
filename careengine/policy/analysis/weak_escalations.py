"""Escalations that hand a case down: to a role that may give less than the one who has it, or else would get it."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING

from careengine.model.policy import Escalation
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching, may_meet
from careengine.policy.analysis.values import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.policy import Policy
    from careengine.model.value import Money
    from careengine.policy.analysis.box import Box

    May = Mapping[tuple[str, str], Money]
    Placed = tuple[Policy, list[Box]]

_MOST = 32  # others that one is compared with
_EMPLOYEE = "employee.role as words"


def weak_escalations(rows: Sequence[Policy], may: May) -> Iterator[Finding]:
    """One finding at most for each escalation to a role whose authority is known."""
    roles = {role for role, _ in may}
    ranked: dict[tuple[str, int], list[Placed]] = defaultdict(list)
    for row in rows:
        if isinstance(row.outcome, Escalation) and row.outcome.to in roles:
            ranked[row.outcome.to, row.outcome.level].append((row, matching(row)))
    for (role, level), placed in ranked.items():
        weaker = {other: said for other in roles if (said := _less(role, other, may))}
        lower = [rank for rank in ranked if rank[0] in weaker and rank[1] < level]
        for row, boxes in placed:
            others = islice(chain.from_iterable(ranked[rank] for rank in lower), _MOST)
            found = _from_employee(boxes, weaker) or _from_lower(boxes, others, weaker)
            if found:
                yield _finding(row, found)


def _from_employee(boxes: Sequence[Box], weaker: Mapping[str, str]) -> str:
    """It only acts for employees of roles that may all give more."""
    named = [_employees(box) for box in boxes]
    roles = sorted(set().union(*named))
    if not roles or not all(named) or not weaker.keys() >= set(roles):
        return ""
    return f"{weaker[roles[0]]}, who has it before"


def _employees(box: Box) -> frozenset[str]:
    """The roles of the employee at work, where the box names them; else none."""
    found = next((values for subject, values in box.sets.items() if subject == _EMPLOYEE), None)
    return frozenset(map(str, found.only or ())) if isinstance(found, Choice) else frozenset()


def _from_lower(boxes: Sequence[Box], others: Iterator[Placed], weaker: Mapping[str, str]) -> str:
    """Another one, which gives way to this one where both match, is for a role that may give more."""
    for other, theirs in others:
        if isinstance(other.outcome, Escalation) and may_meet(boxes, theirs):
            return f"{weaker[other.outcome.to]}, who would get it by `{other.name}` at level {other.outcome.level}"
    return ""


def _less(role: str, than: str, may: May) -> str:
    """That a role may give less than another, in every currency that both are known in; else nothing."""
    pairs = [(most, may.get((than, currency))) for (of, currency), most in may.items() if of == role]
    both = [(mine, theirs) for mine, theirs in pairs if theirs is not None]
    if not both or any(mine.amount >= theirs.amount for mine, theirs in both):
        return ""
    return f"`{role}` may give {both[0][0]} on a case, less than `{than}` ({both[0][1]})"


def _finding(policy: Policy, message: str) -> Finding:
    return Finding(
        code="CE339",
        policy=policy,
        pointer="/escalate/to",
        message=message,
        suggestion="escalate upward only, or give the role more",
        severity="error",
    )
