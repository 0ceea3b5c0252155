"""Authority to tell stories with: what agents and leads may give, and offers of employees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from careengine.model.authority import Authority, Room, Step
from tests.decide.worlds import policy, pounds
from tests.pipeline.limits import ALWAYS, failure

if TYPE_CHECKING:
    from careengine.model.policy import Policy

HOUR = timedelta(hours=1)
LONDON = ZoneInfo("Europe/London")
AGENT = Authority(
    role="agent",
    may=(Room(amount=pounds("50.00"), per="case"), Room(amount=pounds("90.00"), per="day", zone=LONDON)),
    above=(Step(ask="team-lead", within=HOUR), Step(ask="ops-manager", within=4 * HOUR), Step(ask="director")),
)
LEAD = Authority(
    role="team-lead",
    may=(Room(amount=pounds("200.00"), per="case"),),
    above=(Step(ask="ops-manager", within=HOUR), Step(ask="director")),
)


def authority(of: Authority = AGENT, policy_id: str = "frontline", status: str = "live") -> Policy:
    return policy(policy_id, "authority", ALWAYS, of, status=status, events=frozenset())


def served(event: str, employee: str | None = "E-7", case: str | None = "T-1", **more: Any) -> dict[str, Any]:
    """A late delivery that an agent is at work on."""
    who = {"employee": {"id": employee, "role": "agent"}} if employee else {}
    return failure(event, case={"id": case} if case else None, **{**who, **more})
