"""What one policy shows by itself: that it can never match, or that nothing ever keeps it from matching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest, HistoryTest
from careengine.model.table import Table
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import flat, looked_at, refusing, spread, wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box


def never_matches(policy: Policy, boxes: list[Box], catalogue: Catalogue) -> Iterator[Finding]:
    """A policy without boxes: the first condition that leaves nothing of what those before it left."""
    if boxes:
        return
    left, culprit = _clash(policy)
    yield Finding(
        code="CE701",
        policy=policy,
        pointer=culprit.pointer,
        message=_say_clash(culprit, f"row {policy.row}" if policy.row else "the policy"),
        suggestion="mend one of the conditions, or set `status: retired`",
        example=shown_by(left, catalogue),
    )


def _clash(policy: Policy) -> tuple[list[Box], Condition]:
    left = [looked_at(policy)]
    for condition, wanted in (part for wish in wishes(policy) for part in flat(wish[0], wanted=wish[1])):
        after = spread(left, [(condition, wanted)])
        if not after:
            return left, condition
        left = after
    return left, policy.when  # only all of them together show it


def _say_clash(condition: Condition, who: str) -> str:
    if condition.pointer.startswith("/unless"):
        return f"{who} can never match: its exception covers all that its other conditions let through"
    what = "this condition"
    if isinstance(condition, FieldTest):
        what = f"what is asked of `{condition.field.path}` here"
    elif isinstance(condition, HistoryTest):
        what = f"the {condition.query.function} of {condition.query.kind} asked for here"
    return f"{who} can never match: {what} is never so together with its other conditions and events"


def always_matches(policy: Policy, boxes: list[Box], catalogue: Catalogue) -> Iterator[Finding]:
    """A policy that is never silent when its facts are known."""
    complete = isinstance(policy.outcome, Table)  # a table that has a row for everything is as it should be
    if boxes and not complete and not refusing(policy):
        yield Finding(
            code="CE702",
            policy=policy,
            pointer="/when",
            message="the policy matches every event it looks at, as long as the facts it asks for are known",
            suggestion="say when it should not, or name a field with `present: true` if this is meant",
            example=shown_by(boxes, catalogue, policy),
        )
