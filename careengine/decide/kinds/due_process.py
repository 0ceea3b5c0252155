"""What stands against a restriction: no evidence, excluded conduct, a vulnerability, or it was asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.doing import SAID
from careengine.decide.kinds.ladder import has_evidence
from careengine.model.protection import EXCLUSIONS
from careengine.model.restrictions import CareAskedFor, Restrictions, VulnerabilityKnown, read_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.protection import Protection, Restriction
    from careengine.model.value import Value

VULNERABILITY = "customer.vulnerability"
VULNERABLE = "the customer is vulnerable, and is not restricted while that stands"
CARE_FIRST = "the customer may be vulnerable: care comes first, and they are not restricted"
_SIGNALS, _CARE_FIRST = "signals.", ".care_first"


def stands_against(policy: Policy, protection: Protection, step: Restriction, facts: Facts) -> str:
    """Why a restriction is not proposed, in a sentence; empty when nothing stands against it."""
    if why := why_spared(facts):
        return why
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
    if True in said.values() or why_spared(facts) or not has_evidence(facts):
        return []
    return [SAID[name] for name, value in said.items() if value is None]


def why_spared(facts: Facts) -> str:
    """Why nobody restricts the customer now, in a sentence; empty when they may be restricted.

    The CRM tells of a vulnerability with the event, or, where it is silent, before it; or plugins find in the
    customer's words that care comes first. That stands for a time, whatever the CRM says: nobody there has read them.
    """
    said, customer = facts.fields.get(VULNERABILITY), facts.fields.get("customer.id")
    if said is None and isinstance(customer, str):
        said = facts.state.ask(VulnerabilityKnown(customer=customer))
    if said:
        return VULNERABLE
    if care_asked_for(facts.fields):
        return CARE_FIRST
    until = facts.state.ask(CareAskedFor(customer=customer, at=facts.as_of)) if isinstance(customer, str) else None
    return spared_until(until)


def spared_until(until: str | None) -> str:
    """The sentence for what was found in earlier words; `until` answers `CareAskedFor`."""
    return f"{CARE_FIRST} until {until}" if until else ""


def care_asked_for(fields: Mapping[str, Value]) -> list[str]:
    """The signals by which plugins say of an event that care comes first: `signals.<plugin>.care_first` is true."""
    found = [path for path in fields if path.endswith(_CARE_FIRST) and path.startswith(_SIGNALS)]
    return [path for path in found if fields[path] is True]


def _asked_before(policy: Policy, step: Restriction, facts: Facts) -> str:
    """A threat that was reported and then confirmed is one matter: the same step is put to a person once."""
    customer, incident = facts.fields.get("customer.id"), facts.fields.get("incident.id")
    if not isinstance(customer, str) or incident is None:
        return ""
    for one in read_all(facts.state.ask(Restrictions(customer=customer))):
        if (one.policy, one.step, one.incident) == (policy.id, step.step, incident):
            return f"{step.decided_by} was asked about this incident already"
    return ""
