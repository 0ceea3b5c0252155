"""How much of a customer's history a rule set can ask for, so that no more is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from careengine.decide.logic import tests_of
from careengine.decide.loop import WINDOW
from careengine.model.arbitration import Arbitration
from careengine.model.condition import HistoryTest
from careengine.model.contact import Outreach
from careengine.model.contact_cap import ContactCap
from careengine.model.history import DECISIONS, KIND_OF_EVENT, RESTRICTIONS, STILL_OPEN, HistoryQuery
from careengine.model.policy import LIVE, SHADOW
from careengine.model.protection import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.condition import Condition
    from careengine.model.policy import Policy, PolicySet

# Entries of these kinds tell of one thing more than once. When the thing began decides whether it lies in a window,
# so the first entry is needed however old it is.
LASTING = frozenset({RESTRICTIONS, *(kind for kind, ref, _ in KIND_OF_EVENT.values() if ref != "id")})
_FIRST = datetime.min.replace(tzinfo=UTC)

Windows = dict[str, timedelta | None]


@dataclass(slots=True)
class Needs:
    """The windows of the last rule set that was asked for, by kind; None: all there is."""

    _hash: str = ""
    _windows: Mapping[str, timedelta | None] | None = None

    def since(self, policies: PolicySet, as_of: datetime, *, machine: bool = False) -> dict[str, datetime | None]:
        """The kinds that the rule set looks at, each with the instant after which entries matter.

        `machine`: no person did what is decided on, so that the guard against loops looks, too.
        """
        if self._windows is None or self._hash != policies.hash:
            self._windows, self._hash = windows(policies.policies), policies.hash
        asked = self._windows
        if machine:
            asked = {**asked, DECISIONS: _larger(asked.get(DECISIONS, timedelta(0)), WINDOW)}
        return {kind: None if within is None else _before(as_of, within) for kind, within in asked.items()}


def windows(policies: tuple[Policy, ...]) -> Windows:
    """The largest window of each kind that the policies at work ask for."""
    found: Windows = {}
    for policy in policies:
        if policy.status in (LIVE, SHADOW):
            for kind, within in _asked(policy):
                found[kind] = _larger(found.get(kind, timedelta(0)), within)
    return found


def _asked(policy: Policy) -> Iterator[tuple[str, timedelta | None]]:
    for query in asked_of(policy):
        yield from _kinds(query)
    if policy.once_per is not None:
        yield DECISIONS, policy.once_per.within


def asked_of(policy: Policy) -> Iterator[HistoryQuery]:
    """The counts and sums of history that a policy can ask for."""
    for condition in (policy.when, policy.unless, *_asked_later(policy)):
        if condition is not None:
            yield from _of(condition)
    for rung in policy.outcome.ladder if isinstance(policy.outcome, Protection) else ():
        yield from _of(rung.when)
    if isinstance(policy.outcome, Arbitration) and policy.outcome.no_selling is not None:
        yield HistoryQuery(function="count", kind="open_failures", within=policy.outcome.no_selling)


def _of(condition: Condition) -> Iterator[HistoryQuery]:
    for test in tests_of(condition):
        if isinstance(test, HistoryTest):
            yield test.query


def _asked_later(policy: Policy) -> Iterator[Condition | None]:
    if isinstance(policy.outcome, Outreach) and policy.outcome.wait is not None:
        yield policy.outcome.wait.unless
    if isinstance(policy.outcome, ContactCap) and policy.outcome.suppress is not None:
        yield policy.outcome.suppress.condition


def _kinds(query: HistoryQuery) -> Iterator[tuple[str, timedelta | None]]:
    """The kinds of entries that a query looks at. What still stands open may have begun at any time."""
    if query.kind in STILL_OPEN:
        *kinds, _ = STILL_OPEN[query.kind]
        yield from ((kind, None) for kind in kinds if kind is not None)
    else:
        yield query.kind, None if query.kind in LASTING else query.within


def _larger(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return None if one is None or other is None else max(one, other)


def _before(as_of: datetime, within: timedelta) -> datetime:
    try:
        return as_of - within
    except OverflowError:
        return _FIRST
