"""What a whole set of policies shows that no single file does: never, always, twice, in vain, against each other.

Each policy becomes a few boxes (`normal`), each a set of values for every fact it asks about (`values`). Of boxes one
can say for certain that they are empty, that one lies in another, or that two share an event. When in doubt nothing is
said, and what is said of an event was asked of the policies themselves (`example`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.policy import LIVE, SHADOW
from careengine.model.table import Table, members
from careengine.policy.analysis.authority import weak_steps
from careengine.policy.analysis.cost import always_asked, endless_histories
from careengine.policy.analysis.currencies import torn_by_currency
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.ladders import rival_ladders
from careengine.policy.analysis.measures import empty_groups, rival_arbitrations, torn_limits
from careengine.policy.analysis.normal import matching
from careengine.policy.analysis.operands import far_operands
from careengine.policy.analysis.reach import stuck_paths
from careengine.policy.analysis.rivals import Rivals, sorts_of
from careengine.policy.analysis.roles import misspelt_roles, undeclared_roles
from careengine.policy.analysis.shelf import Shelf
from careengine.policy.analysis.single import always_matches, never_matches
from careengine.policy.analysis.tables import table_findings
from careengine.policy.analysis.tiers import misplaced_tiers
from careengine.policy.analysis.weak_targets import weak_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box

    Along = Callable[[Sequence[Any], str], Iterable[Any]]  # goes through items, showing how far it is under a label

__all__ = ["Finding", "analyse", "plainly"]


def plainly(items: Sequence[Any], _: str) -> Iterable[Any]:
    """Go through items without showing anything."""
    return items


def analyse(
    policies: Sequence[Policy],
    catalogue: Catalogue,
    as_of: datetime,
    along: Along = plainly,
    roles: Collection[str] = (),
) -> list[Finding]:
    """All findings about a set, in no particular order. Retired policies are left out.

    `as_of` is the instant from which on what is in effect counts. `roles` are those that policies may name; where there
    are none, a role is only told that looks misspelt.
    """
    named = [policy for policy in policies if policy.status != "retired"]
    kept = [policy for policy in named if policy.events]
    acting = [policy for policy in kept if policy.status in (LIVE, SHADOW)]
    boxes = {policy.id: matching(policy) for policy in along(kept, "Understanding policies")}
    found = [finding for policy in kept for finding in _alone(policy, boxes[policy.id], catalogue)]
    found += undeclared_roles(named, roles, catalogue) if roles else misspelt_roles(_rows_of(named), catalogue)
    found += [*torn_limits(named), *rival_arbitrations(named), *empty_groups(named), *rival_ladders(named)]
    found += [*weak_steps(named), *weak_targets(named)]
    found += far_operands(kept, catalogue)
    found += stuck_paths(named, catalogue, as_of, roles)
    found += always_asked(_rows_of(acting), catalogue)
    told = list(_together([policy for policy in acting if policy.status == LIVE], boxes, catalogue, along))
    losing = {finding.policy.id for finding in told if finding.code in ("CE703", "CE704")}
    tiers = misplaced_tiers([(policy, boxes[policy.id]) for policy in acting], catalogue)
    return [*found, *told, *(tier for tier in tiers if tier.policy.id not in losing)]


def _rows_of(policies: Sequence[Policy]) -> list[Policy]:
    """The policies with the rows of a table in its place."""
    return [member for policy in policies for member in members(policy)]


def _alone(policy: Policy, boxes: list[Box], catalogue: Catalogue) -> Iterator[Finding]:
    for member in members(policy):
        yield from never_matches(member, matching(member) if member.row else boxes, catalogue)
    yield from table_findings(policy, catalogue)
    yield from torn_by_currency(policy)
    yield from always_matches(policy, boxes, catalogue)
    yield from endless_histories(policy, catalogue)


def _together(
    live: Sequence[Policy], boxes: dict[str, list[Box]], catalogue: Catalogue, along: Along
) -> Iterator[Finding]:
    shelf = Shelf()
    for policy in live:
        if isinstance(policy.outcome, Table):
            for row in members(policy):
                shelf.add(
                    row, matching(row)
                )  # under no sort: whether it acts, other rows decide, so nothing relies on it
        else:
            shelf.add(policy, boxes[policy.id], sorts_of(policy))
    rivals = Rivals(shelf, catalogue)
    told = set()
    for entry in along(shelf.entries, "Comparing policies"):
        for finding in rivals.findings(entry):
            told.add(entry.policy.id)
            yield finding
    yield from rivals.cut_short(told)
