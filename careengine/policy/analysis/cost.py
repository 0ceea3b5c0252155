"""Policies that cost more than they need to: no plain condition rules them out, or they read a whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.condition import AllOf, FieldTest, HistoryTest
from careengine.model.history import RESTRICTIONS
from careengine.model.table import POINTER, input_of
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching
from careengine.policy.analysis.tests_in import tests_in
from careengine.policy.index import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Policy

MANY = 500  # policies; with fewer, asking each is cheap


def always_asked(policies: Sequence[Policy], catalogue: Catalogue) -> Iterator[Finding]:
    """In a large set, the policies that every event must be compared with one by one."""
    if len(policies) <= MANY:
        return
    for policy in policies:
        tops = policy.when.items if isinstance(policy.when, AllOf) else (policy.when,)
        if not any(_rules_out(top) for top in tops):
            yield Finding(
                code="CE709",
                policy=policy,
                pointer=f"{POINTER}/{policy.row - 1}" if policy.row else "/when",
                message=f"of {len(policies)} policies this is one that must be asked on every one of its events",
                suggestion="add a plain test of one field to the conditions that must all be true",
                example=shown_by(matching(policy), catalogue, policy),
            )


def _rules_out(condition: Condition) -> bool:
    return isinstance(condition, FieldTest) and condition.operator != "present" and bool(kind_of(condition))


def endless_histories(policy: Policy, catalogue: Catalogue) -> Iterator[Finding]:
    """A count or sum that goes back to the first day. Of restrictions there are few: people impose each."""
    for pointer, test in {_place(test): test for test in tests_in(policy)}.items():
        if isinstance(test, HistoryTest) and test.query.within is None and test.query.kind != RESTRICTIONS:
            yield Finding(
                code="CE710",
                policy=policy,
                pointer=pointer,
                message=f"this {test.query.function} reads all {test.query.kind} that the customer ever had",
                suggestion="add `within`, such as `within: 365d`",
                example=shown_by(matching(policy), catalogue, policy),
            )


def _place(test: Test) -> str:
    """Where a test says what it looks at: of a cell in its column."""
    column = input_of(test.pointer)
    return test.pointer if column is None else f"/table/inputs/{column}"
