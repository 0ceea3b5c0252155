"""What becomes of restrictions that people were asked about: they begin, end, are contested, or lose their ground.

None of this is the rules' to say, and none of it waits for a rule that may be gone by then: a policy of our own is
behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.kinds.due_process import VULNERABILITY, care_asked_for, why_spared
from careengine.decide.kinds.ladder import still_reached
from careengine.decide.kinds.protection import restriction
from careengine.decide.proposal import Proposal
from careengine.model.condition import AllOf
from careengine.model.decision import EXECUTE, PROPOSE
from careengine.model.due_event import CLOCK_DUE
from careengine.model.policy import LIVE, PROTECTION, Policy
from careengine.model.protection import KEPT, Protection
from careengine.model.restrictions import (
    APART,
    EXPIRY,
    IMPOSED,
    IN_FORCE,
    SCHEDULED,
    START,
    TIMER,
    Restrictions,
    Standing,
    read_all,
)
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet
    from careengine.model.protection import Rung

REJECTED, APPEAL = "incident.rejected", "appeal.made"
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
    found = list(_what_becomes(customer, facts, policies))
    yield from found
    if vulnerabilities(facts):
        lifted = {wish.params["restriction"] for wish in found if wish.type == "lift"}
        for one in _standing(customer, facts):
            if one.id not in lifted and looks_again(one, facts):
                yield _look_again(one)


def _what_becomes(customer: str, facts: Facts, policies: PolicySet) -> Iterator[Proposal]:
    if facts.event == REJECTED:
        for one in _standing(customer, facts):
            yield from _without_ground(one, facts, policies)
    elif facts.event == APPEAL:
        yield from _contested(_standing(customer, facts), facts)
    elif facts.event == CLOCK_DUE and facts.fields.get("clock.kind") == TIMER:
        for one in _standing(customer, facts):
            if one.id == facts.fields.get("clock.subject") and one.is_live:
                yield from _when_due(one, str(facts.fields.get("clock.step")), facts)


def vulnerabilities(facts: Facts) -> list[str]:
    """What an event itself tells of a vulnerability: by the CRM, or by a plugin whose signal `care_first` is true."""
    told = facts.fields.get(VULNERABILITY)
    said = list(map(str, told)) if isinstance(told, tuple) else []
    return [*said, *care_asked_for(facts.fields)]


def looks_again(one: Standing, facts: Facts) -> bool:
    """Whether an event tells of a vulnerability that nobody looked at a restriction for, while it is not over."""
    at_work = one.state_at(facts.as_of) in (SCHEDULED, IN_FORCE)
    return at_work and not set(vulnerabilities(facts)) <= set(one.looked_at_for)


def _look_again(one: Standing) -> Proposal:
    why = "the customer turns out to be vulnerable, and nobody is restricted while that stands"
    text = f"tell {one.to} at once: look at the {_named(one)} again, because {why}"
    params = {"to": one.to, "restriction": one.id, "step": one.step, "why": why, "within": None, **_whose(one)}
    merge = f"look again {one.id}"
    return Proposal(policy=DUE_PROCESS, type="alert", status=EXECUTE, text=text, merge=merge, params=params)


def in_force(facts: Facts, policies: PolicySet) -> tuple[Standing, ...]:
    """The restrictions that bind the event's customer at its instant; not asked for where no policy proposes any."""
    customer = facts.fields.get("customer.id")
    if not isinstance(customer, str) or not any(map(_restricts, policies.of_kind(PROTECTION))):
        return ()
    return tuple(one for one in _standing(customer, facts) if one.binds(facts.as_of))


def _restricts(policy: Policy) -> bool:
    protection = policy.outcome
    return isinstance(protection, Protection) and bool(protection.restrict or protection.ladder)


def not_heard(facts: Facts) -> str:
    """Why an appeal is not heard; empty when it is, and for every other event."""
    customer = facts.fields.get("customer.id")
    if facts.event != APPEAL:
        return ""
    if not isinstance(customer, str):
        return "nobody knows whose appeal it is"
    one = _contestable(_standing(customer, facts), facts)
    if one is None:
        return "there is no such restriction to appeal against"
    if one.appeal:
        return "this restriction was appealed against already"
    return "" if _in_time(one, facts) else f"the time to appeal ended at {_said(one.appeal_until)}"


def _standing(customer: str, facts: Facts) -> list[Standing]:
    return read_all(facts.state.ask(Restrictions(customer=customer)))


def _contestable(found: list[Standing], facts: Facts) -> Standing | None:
    """The restriction that an appeal names, or else the latest that was imposed."""
    named = facts.fields.get("appeal.restriction")
    imposed = [one for one in found if one.start and (named is None or one.id == named)]
    return imposed[-1] if imposed else None


def _in_time(one: Standing, facts: Facts) -> bool:
    return one.appeal_until is not None and facts.as_of <= one.appeal_until


def _contested(found: list[Standing], facts: Facts) -> Iterator[Proposal]:
    one = _contestable(found, facts)
    if one is None or one.appeal or not _in_time(one, facts):
        return
    text = f"{one.appeal_to} hears the appeal against the {_named(one)}"
    params = {"to": one.appeal_to, "restriction": one.id, "step": one.step, "within": one.appeal_answer or None}
    yield Proposal(policy=DUE_PROCESS, type="appeal", status=PROPOSE, text=text, merge=one.id, params=params)


def _when_due(one: Standing, step: str, facts: Facts) -> Iterator[Proposal]:
    if step == APART:
        yield lift(one, "without what somebody else did, who was held for the same person, it is not reached")
    elif one.state != IMPOSED:
        return
    elif step == EXPIRY and facts.as_of == one.end:
        yield lift(one, "its time is over")
    elif step == START and facts.as_of == one.start:
        spared = why_spared(facts)
        yield lift(one, spared) if spared else _begin(one)


def lift(one: Standing, why: str) -> Proposal:
    """The end of a restriction."""
    text = f"lift the {_named(one)}: {why}"
    params = {"restriction": one.id, "step": one.step, "why": why, **_whose(one)}
    return Proposal(policy=DUE_PROCESS, type="lift", status=EXECUTE, text=text, merge=f"lift {one.id}", params=params)


def _begin(one: Standing) -> Proposal:
    """A person imposed it, to begin now."""
    text = f"from now on until {_said(one.end)} there is a {_named(one)}, as {one.to} decided"
    params = {"restriction": one.id, "step": one.step, "to": one.to, "kept": list(KEPT), **_whose(one)}
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
    instead = policy and left and left.restrict
    spared = why_spared(facts) if instead else ""
    why = "an incident that it rests on was rejected"
    yield lift(one, f"{why}; nothing comes in its place: {spared}" if spared else why)
    if policy and left and left.restrict and not spared:
        yield _instead(policy, one, left)


def _instead(policy: Policy, one: Standing, left: Rung) -> Proposal:
    assert left.restrict  # noqa: S101  the caller asked
    case = {"incident": one.incident, "as_of": say_instant(one.as_of), "instead_of": one.id}
    return restriction(policy, policy.outcome, left.restrict, left, **case)  # type: ignore[arg-type]  # it has a ladder


def _whose(one: Standing) -> dict[str, str]:
    return {"customer": one.customer} if one.customer else {}


def _named(one: Standing) -> str:
    return one.step.replace("_", " ")


def _said(at: object) -> str:
    return say_instant(at) if at else "at no set time"  # type: ignore[arg-type]  # an instant
