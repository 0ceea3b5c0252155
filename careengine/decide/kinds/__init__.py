"""What policies of each kind ask for, and what they say that they do; one file a kind, found by the type of outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.kinds import (
    anti_deflection,
    arbitration,
    authority,
    calendar,
    contact_cap,
    escalation,
    limit,
    outreach,
    protection,
    recognition,
    recovery,
    review,
    standard,
)
from careengine.model.anti_deflection import AntiDeflection
from careengine.model.arbitration import Arbitration
from careengine.model.authority import Authority
from careengine.model.contact import Outreach
from careengine.model.contact_cap import ContactCap
from careengine.model.hours import WorkingHours
from careengine.model.limit import Limit
from careengine.model.policy import Escalation, Recovery
from careengine.model.protection import Protection
from careengine.model.recognition import Recognition
from careengine.model.standard import Standard
from careengine.model.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from careengine.decide.proposal import Proposal
    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

WISHES: Mapping[type, Callable[[Policy, Any, Facts], Iterator[Proposal]]] = {
    Recovery: recovery.wishes,
    Escalation: escalation.wishes,
    Protection: protection.wishes,
    Outreach: outreach.wishes,
    Standard: standard.wishes,
    Recognition: recognition.wishes,
}
SAYINGS: Mapping[type, Callable[[Policy, Any, Catalogue], Iterator[str]]] = {
    Recovery: recovery.doings,
    Escalation: escalation.doings,
    Protection: protection.doings,
    Standard: standard.doings,
    WorkingHours: calendar.doings,
    Authority: authority.doings,
    Outreach: outreach.doings,
    Recognition: recognition.doings,
    ContactCap: contact_cap.doings,
    Limit: limit.doings,
    AntiDeflection: anti_deflection.doings,
    Arbitration: arbitration.doings,
    Watch: review.doings,
}
