"""What is asked for when a time has come that a policy set: its wishes for the step that is due.

On `clock.due` the policy that `clock.policy` names is asked, whatever its events and conditions are: those were for
setting the time. It is asked only while it is at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.due_contact import outreach_due
from careengine.decide.kinds.authority import authority_due
from careengine.model.authority import Authority
from careengine.model.contact import Outreach
from careengine.model.due_event import CLOCK_DUE
from careengine.model.policy import LIVE, SHADOW, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from careengine.decide.proposal import Proposal
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet

# Who says what is asked for when a step is due, by the type of the policy's outcome. `facts` have the step in
# `clock.step` and what it is for in `clock.subject`.
DUE: Mapping[type, Callable[[Policy, Any, Facts], Iterator[Proposal]]] = {
    Outreach: outreach_due,
    Authority: authority_due,
}


def with_due(found: Sequence[Verdict], facts: Facts, policies: PolicySet) -> Sequence[Verdict]:
    """What was found, and the policy whose time has come, by policy id."""
    if facts.event != CLOCK_DUE:
        return found
    named = policies.get(str(facts.fields.get("clock.policy")))
    if named is None or type(named.outcome) not in DUE:
        return found
    if named.status not in (LIVE, SHADOW) or not named.in_effect(facts.as_of):
        return found
    return sorted([*found, Verdict(policy=named, result=True, due=True)], key=lambda verdict: verdict.policy.id)


def due_wishes(policy: Policy, facts: Facts) -> Iterator[Proposal]:
    """What a policy asks for at the step that is due."""
    return DUE[type(policy.outcome)](policy, policy.outcome, facts)
