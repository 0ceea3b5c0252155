"""A limit and a budget: how much there may be of something, said in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.limit import EVERYBODY
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.limit import Limit
    from careengine.model.policy import Policy

_OF = {
    "goodwill": ("goodwill offer", "goodwill offers"),
    "gesture": ("gesture", "gestures"),
    "offer": ("offer that is not owed", "offers that are not owed"),
    "fix": ("repair", "repairs"),
    "follow_up": ("follow-up", "follow-ups"),
    "assign": ("hand-over", "hand-overs"),
}
_MAY = {EVERYBODY: "all together may give", "employee": "each employee may give", "team": "each team may give"}


def doings(_: Policy, limit: Limit, __: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    yield f"{_MAY.get(limit.per, f'each {limit.per} may have')} at most {say_most(limit)} {say_span(limit)}"
    within = f" within {say_duration(limit.over.within)}" if limit.over.within else ""
    yield f"beyond it, {limit.over.to} decides{within}"
    if limit.notice:
        yield f"tell {limit.notice.to} when {limit.notice.at}% of it are used"
    if limit.hold:
        yield f"keep room for what has not reached the customer for {say_duration(limit.hold)}"


def say_most(limit: Limit) -> str:
    """`3 goodwill offers of 250.00 GBP together`."""
    one, many = _OF[limit.family or limit.of]
    what = one if limit.count == 1 else many
    if limit.amount is None:
        return f"{limit.count} {what}"
    if limit.count is None:
        return f"{limit.amount} in {what}"
    return f"{limit.count} {what}, and {limit.amount} together,"


def say_span(limit: Limit) -> str:
    """`within 60 days`, or `in a calendar month (Europe/London)`."""
    if limit.within is not None:
        return f"within {say_duration(limit.within)}"
    return f"in a calendar {limit.period} ({limit.zone})"
