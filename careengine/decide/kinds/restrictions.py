"""What becomes of restrictions that people were asked about: they begin, are reviewed, end, or lose their ground.

None of this is the rules' to say, and none of it waits for a rule that may be gone by then: a policy of our own is
behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.kinds.ladder import still_reached
from careengine.decide.kinds.protection import restriction
from careengine.decide.proposal import Proposal
from careengine.model.condition import AllOf
from careengine.model.decision import EXECUTE, PROPOSE
from careengine.model.due_event import CLOCK_DUE
from careengine.model.policy import LIVE, PROTECTION, Policy
from careengine.model.protection import KEPT, Protection
from careengine.model.restrictions import EXPIRY, IN_FORCE, REVIEW, START, TIMER, Restrictions, Standing, read_all
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet
    from careengine.model.protection import Rung

REJECTED = "incident.rejected"
DUE_PROCESS = Policy(
    id="due-process",
    kind=PROTECTION,
    title="Due process for restrictions",
    owner="careengine",
    status=LIVE,
    priority=100,
    rationale="A restriction ends when it was said to end, and when what it rests on turns out not to be so.",
    events=frozenset(),
    when=AllOf(pointer="", items=()),
    unless=None,
    outcome=Protection(),
    document={},
)


def due_process(facts: Facts, policies: PolicySet) -> Iterator[Proposal]:
    """What this event means for the restrictions of its customer."""
    customer = facts.fields.get("customer.id")
    if not isinstance(customer, str):
        return
    if facts.event == CLOCK_DUE and facts.fields.get("clock.kind") == TIMER:
        for one in read_all(facts.state.ask(Restrictions(customer=customer))):
            if one.id == facts.fields.get("clock.subject") and one.state == IN_FORCE:
                yield from _when_due(one, str(facts.fields.get("clock.step")))
    elif facts.event == REJECTED:
        for one in read_all(facts.state.ask(Restrictions(customer=customer))):
            yield from _without_ground(one, facts, policies)


def _when_due(one: Standing, step: str) -> Iterator[Proposal]:
    if step == EXPIRY:
        yield lift(one, "its time is over")
    elif step == START:
        yield _begin(one)
    elif step == REVIEW:
        text = f"{one.to} looks again at the {_named(one)}, which ends {_said(one.end)}"
        params = {"to": one.to, "restriction": one.id}
        yield Proposal(policy=DUE_PROCESS, type="review", status=PROPOSE, text=text, merge=one.id, params=params)


def lift(one: Standing, why: str) -> Proposal:
    """The end of a restriction."""
    text = f"lift the {_named(one)}: {why}"
    params = {"restriction": one.id, "step": one.step, "why": why}
    return Proposal(policy=DUE_PROCESS, type="lift", status=EXECUTE, text=text, merge=f"lift {one.id}", params=params)


def _begin(one: Standing) -> Proposal:
    """A person imposed it, to begin now."""
    text = f"from now on until {_said(one.end)} there is a {_named(one)}, as {one.to} decided"
    params = {"restriction": one.id, "step": one.step, "to": one.to, "kept": list(KEPT)}
    params |= {"start": _said(one.start), "end": _said(one.end)}
    return Proposal(policy=DUE_PROCESS, type="restrict", status=EXECUTE, text=text, merge=one.id, params=params)


def _without_ground(one: Standing, facts: Facts, policies: PolicySet) -> Iterator[Proposal]:
    """What a rejected incident takes away: the restriction it led to, or the step that it was needed for."""
    incident = str(facts.fields.get("incident.id"))
    if not one.is_live or incident not in {one.incident, *(counted.incident for counted in one.counted)}:
        return
    policy = policies.get(one.policy)
    ladder = policy.outcome if policy and policy.status == LIVE else None
    left = still_reached(ladder, one, incident) if isinstance(ladder, Protection) and incident != one.incident else None
    if left and left.restrict and left.restrict.step == one.step:
        return
    yield lift(one, "an incident that it rests on was rejected")
    if policy and left and left.restrict:
        yield _instead(policy, one, left)


def _instead(policy: Policy, one: Standing, left: Rung) -> Proposal:
    assert left.restrict  # noqa: S101  the caller asked
    case = {"incident": one.incident, "as_of": say_instant(one.as_of), "instead_of": one.id}
    return restriction(policy, policy.outcome, left.restrict, left, **case)  # type: ignore[arg-type]  # it has a ladder


def _named(one: Standing) -> str:
    return one.step.replace("_", " ")


def _said(at: object) -> str:
    return say_instant(at) if at else "at no set time"  # type: ignore[arg-type]  # an instant
