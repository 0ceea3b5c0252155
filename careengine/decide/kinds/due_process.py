"""What stands against a restriction: no evidence, excluded conduct, a vulnerability, or it was asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.doing import SAID
from careengine.decide.kinds.ladder import has_evidence
from careengine.model.protection import EXCLUSIONS
from careengine.model.restrictions import Restrictions, VulnerabilityKnown, read_all

if TYPE_CHECKING:
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.protection import Protection, Restriction

VULNERABILITY = "customer.vulnerability"
VULNERABLE = "the customer is vulnerable, and is not restricted while that stands"


def stands_against(policy: Policy, protection: Protection, step: Restriction, facts: Facts) -> str:
    """Why a restriction is not proposed, in a sentence; empty when nothing stands against it."""
    if is_vulnerable(facts):
        return VULNERABLE
    for name in protection.exclusions:
        if facts.fields.get(EXCLUSIONS[name]) is True:
            return f"{SAID[name]}: that leads to no restriction"
    if not has_evidence(facts):
        return "there is no evidence"
    if unsaid := open_questions(protection, facts):
        return f"it is not known whether {' or '.join(unsaid)}"
    return _asked_before(policy, step, facts)


def open_questions(protection: Protection, facts: Facts) -> list[str]:
    """What a person has to say before a restriction can be proposed, because nobody said; nothing else in the way."""
    said = {name: facts.fields.get(EXCLUSIONS[name]) for name in protection.exclusions}
    if True in said.values() or is_vulnerable(facts) or not has_evidence(facts):
        return []
    return [SAID[name] for name, value in said.items() if value is None]


def is_vulnerable(facts: Facts) -> bool:
    """Whether the event tells of a vulnerability, or, where it is silent, those before it."""
    said, customer = facts.fields.get(VULNERABILITY), facts.fields.get("customer.id")
    if said is None and isinstance(customer, str):
        said = facts.state.ask(VulnerabilityKnown(customer=customer))
    return bool(said)


def _asked_before(policy: Policy, step: Restriction, facts: Facts) -> str:
    """A threat that was reported and then confirmed is one matter: the same step is put to a person once."""
    customer, incident = facts.fields.get("customer.id"), facts.fields.get("incident.id")
    if not isinstance(customer, str) or incident is None:
        return ""
    for one in read_all(facts.state.ask(Restrictions(customer=customer))):
        if (one.policy, one.step, one.incident) == (policy.id, step.step, incident):
            return f"{step.decided_by} was asked about this incident already"
    return ""
