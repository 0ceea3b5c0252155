"""How far back each policy at work looks, so that nobody removes what it still needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.model.contact_cap import ContactCap
from careengine.model.limit import EVERYBODY, Limit
from careengine.model.policy import LIVE, SHADOW
from careengine.model.protection import Protection
from careengine.pipeline.needs import asked_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.policy import Policy

# The longest that a calendar period can be.
_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
# What was spent of these stays spent when events are removed.
_OUTLASTING = (EVERYBODY, "team")


def looks_back(policies: tuple[Policy, ...]) -> dict[str, timedelta]:
    """By policy, how far those at work look back; not those that do not, and not what is asked without an end."""
    spans = {policy.id: list(_spans(policy)) for policy in policies if policy.status in (LIVE, SHADOW)}
    return {name: max(found) for name, found in spans.items() if found}


def _spans(policy: Policy) -> Iterator[timedelta]:
    outcome = policy.outcome
    yield from (query.within for query in asked_of(policy) if query.within)
    if policy.once_per is not None:
        yield policy.once_per.within
    if isinstance(outcome, Protection):
        yield from (rung.within for rung in outcome.ladder if rung.within)
    elif isinstance(outcome, Limit) and outcome.per not in _OUTLASTING:
        yield outcome.within or timedelta(days=_LONGEST[outcome.period or "year"])
    elif isinstance(outcome, ContactCap) and outcome.frequency is not None:
        yield outcome.frequency.within
