"""What a policy does, by its kind: who reads the blocks of that kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.policy import (
    ANTI_DEFLECTION,
    ARBITRATION,
    AUTHORITY,
    BUDGET,
    CALENDAR,
    CONTACT_CAP,
    ENTITLEMENT,
    ESCALATION,
    LIMIT,
    OUTREACH,
    PROTECTION,
    RECOGNITION,
    RECOVERY,
    REVIEW,
    STANDARD,
)
from careengine.policy.kinds import (
    anti_deflection,
    arbitration,
    contact_cap,
    outreach,
    protection,
    recognition,
    review,
)
from careengine.policy.kinds.authority import read_authority
from careengine.policy.kinds.calendar import read_calendar
from careengine.policy.kinds.limit import read_budget, read_limit
from careengine.policy.kinds.standard import read_standard
from careengine.policy.outcome import OutcomeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Outcome
    from careengine.policy.findings import Findings

    Read = Callable[[Findings, Catalogue, Mapping[str, Any]], Outcome | None]

# What is wrong is reported; what is read then is of no use.
READERS: Mapping[str, Read] = {
    RECOVERY: lambda *of: OutcomeReader(*of).recovery(),
    ENTITLEMENT: lambda *of: OutcomeReader(*of).recovery(),
    ESCALATION: lambda *of: OutcomeReader(*of).escalation(),
    PROTECTION: protection.read,
    STANDARD: read_standard,
    CALENDAR: read_calendar,
    AUTHORITY: read_authority,
    OUTREACH: outreach.read,
    RECOGNITION: recognition.read,
    CONTACT_CAP: contact_cap.read,
    LIMIT: read_limit,
    ARBITRATION: arbitration.read,
    BUDGET: read_budget,
    ANTI_DEFLECTION: anti_deflection.read,
    REVIEW: review.read,
}
