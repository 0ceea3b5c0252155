"""Contacts whose time has come: after the wait of an outreach, and after a cap put them off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.kinds.outreach import contact
from careengine.decide.logic import evaluate, result_of
from careengine.decide.resting import acted_lately
from careengine.model.decision import Withheld
from careengine.model.due_event import CLOCK_DUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.decide.proposal import Proposal
    from careengine.model.contact import Outreach
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, Verdict

# The `clock.kind` of an event at which a contact is looked at again; its `clock.step` is WAITED or PUT_OFF with how
# often that was, and its `clock.subject` the event that it was wished for on.
CONTACT_CLOCK, WAITED, PUT_OFF = "contact", "waited", "put-off-"


def outreach_due(policy: Policy, outreach: Outreach, facts: Facts) -> Iterator[Proposal]:
    """The contact, if by now nothing speaks against it: what the policy asks is asked again, by the history of now.

    Words that somebody wrote are not kept, so what they said when the event came still holds: only what is known to be
    otherwise stops the contact.
    """
    unless = outreach.wait.unless if outreach.wait else None
    over = unless is not None and evaluate(unless, facts) is not False
    if not over and result_of(policy, facts) is not False and not acted_lately(policy, facts):
        yield contact(policy, outreach)


def times_put_off(facts: Facts, policy: Policy) -> int:
    """How often a contact of a policy was put off before this event."""
    step = facts.fields.get("clock.step")
    mine = facts.event == CLOCK_DUE and facts.fields.get("clock.policy") == policy.id
    if not mine or facts.fields.get("clock.kind") != CONTACT_CLOCK or not isinstance(step, str):
        return 0
    count = step.removeprefix(PUT_OFF)
    return int(count) if step.startswith(PUT_OFF) and count.isascii() and count.isdigit() else 0


def policy_gone(verdicts: Sequence[Verdict], facts: Facts) -> list[Withheld]:
    """What is told of a contact whose time has come, but whose policy is not at work any more."""
    due = facts.event == CLOCK_DUE and facts.fields.get("clock.kind") == CONTACT_CLOCK
    if not due or any(verdict.due for verdict in verdicts):
        return []
    name = str(facts.fields.get("clock.policy"))
    why = "the time of its contact has come, and the policy is not at work any more: given up"
    return [Withheld(policy=name, by=name, why=why)]
