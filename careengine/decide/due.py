"""What is asked for when a time has come that a policy set, or when its clock has a say: its wishes for that.

On `clock.due` the policy that `clock.policy` names is asked, whatever its events and conditions are: those were for
setting the time. On `case.closing` those are asked whose clocks keep the case open, and on `case.transferred` the one
that locked its owner. All of them only while at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.due_contact import outreach_due
from careengine.decide.kinds import standard
from careengine.decide.kinds.authority import authority_due
from careengine.decide.kinds.ownership import broken_lock, give_back
from careengine.model.authority import Authority
from careengine.model.contact import Outreach
from careengine.model.due_event import CLOCK_DUE
from careengine.model.ownership import TRANSFERRED
from careengine.model.policy import LIVE, SHADOW, STANDARD, Escalation, Verdict
from careengine.model.standard import Standard

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
    Standard: standard.due_wishes,
    Escalation: give_back,
}


def with_due(found: Sequence[Verdict], facts: Facts, policies: PolicySet) -> Sequence[Verdict]:
    """What was found, and those who have a say beside it, by policy id."""
    more = [
        Verdict(policy=policy, result=True, due=why)
        for policy, why in _due(facts, policies)
        if policy.status in (LIVE, SHADOW) and policy.in_effect(facts.as_of)
    ]
    if not more:
        return found
    # Whoever gives a case back does not ask for its owner once more.
    back = {verdict.policy.id for verdict in more} if facts.event == TRANSFERRED else ()
    left = [verdict for verdict in found if verdict.policy.id not in back]
    return sorted([*left, *more], key=lambda verdict: verdict.policy.id)


def _due(facts: Facts, policies: PolicySet) -> Iterator[tuple[Policy, str]]:
    if facts.event == CLOCK_DUE:
        named = policies.get(str(facts.fields.get("clock.policy")))
        if named is not None and type(named.outcome) in DUE:
            step, subject = facts.fields.get("clock.step"), facts.fields.get("clock.subject")
            yield named, f"the time it set has come; `{step}` is due for {subject}"
    elif facts.event == TRANSFERRED and (broken := broken_lock(policies, facts)):
        yield broken
    elif facts.event == standard.CLOSING and policies.of_kind(STANDARD):
        yield from standard.held(policies, facts)


def due_wishes(policy: Policy, facts: Facts) -> Iterator[Proposal]:
    """What a policy asks for at the step that is due."""
    return DUE[type(policy.outcome)](policy, policy.outcome, facts)
