"""Which step of a ladder is reached, and which still is when an incident turns out to be none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.decide.logic import evaluate
from careengine.model.policy import LIVE, PROTECTION
from careengine.model.protection import Protection
from careengine.model.restrictions import ENDED, Restrictions, Standing, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.protection import Rung

CONFIRMED, REJECTED = "incident.confirmed", "incident.rejected"


def reached(protection: Protection, facts: Facts) -> Rung | None:
    """The highest step that this event reaches: counts rise when an incident is confirmed, a threat is one at once."""
    for rung in reversed(protection.ladder):
        if (facts.event == CONFIRMED or not rung.incidents) and evaluate(rung.when, facts):
            return rung
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A restriction that lost its ground because an incident was rejected, and the step that is left, if any."""

    policy: Policy
    standing: Standing
    left: Rung | None


def corrections(facts: Facts, policies: PolicySet) -> Iterator[Correction]:
    """What a rejected incident, also one rejected on appeal, changes about restrictions that looked at it."""
    incident, customer = facts.fields.get("incident.id"), facts.fields.get("customer.id")
    if facts.event != REJECTED or not isinstance(customer, str):
        return
    protecting = {one.id: one for one in policies.of_kind(PROTECTION) if one.status == LIVE} or None
    for standing in read_all(facts.state.ask(Restrictions(customer=customer))) if protecting else ():
        policy = protecting and protecting.get(standing.policy)
        if policy is None or standing.state == ENDED:
            continue
        counted = {one.incident for one in standing.counted}
        if standing.incident == incident:
            yield Correction(policy=policy, standing=standing, left=None)
        elif incident in counted:
            left = _left(policy.outcome, standing, str(incident))
            if left is None or left.restrict is None or left.restrict.step != standing.step:
                yield Correction(policy=policy, standing=standing, left=left)


def _left(protection: object, standing: Standing, without: str) -> Rung | None:
    """The highest step that the incidents reach that are left, as of when the restriction was proposed."""
    assert isinstance(protection, Protection)  # noqa: S101  only ladders count
    at = [one.at for one in standing.counted if one.incident != without]
    for rung in reversed(protection.ladder):
        if rung.within and sum(standing.as_of - rung.within < one <= standing.as_of for one in at) >= rung.incidents:
            return rung
    return None
