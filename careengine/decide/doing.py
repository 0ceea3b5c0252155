"""What a policy does, in plain English: the same words in its description and in the actions it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from careengine.model.policy import Alert, Escalation, Flag, Restriction

_STEPS = {
    "apologise": "apologise to the customer",
    "explain": "explain to the customer what happened",
    "fix": "put the failure right",
    "follow_up": "come back to the customer to see that all is well",
}
_MEASURES = {
    "may_end_contact": "may end the contact",
    "may_take_break": "may take a break now",
    "route_away": "need not serve this customer again",
    "use_alias": "may use an alias",
    "second_person": "gets a second person beside them",
    "debrief": "is offered a talk about it",
}
_HAND_OVER = {
    "warm": "the present owner introduces the next one",
    "cold": "without an introduction by the present owner",
}


def say_step(step: str) -> str:
    """A recovery step as something to do."""
    return _STEPS[step]


def say_lead(lead: str) -> str:
    """Who sees a recovery through."""
    return f"{lead} owns the recovery from here on"


def say_offer(what: str, expires: timedelta | None, approver: str | None) -> str:
    """An offer of `10.00 GBP as goodwill` with how long it stands and who must agree."""
    until = f", to be taken up within {say_duration(expires)}" if expires is not None else ""
    asks = f"; {approver} says yes or no" if approver else ""
    return f"offer {what}{until}{asks}"


def say_escalation(escalation: Escalation) -> str:
    """Who takes over, and how."""
    parts = [f"escalate to {escalation.to} (level {escalation.level})"]
    if escalation.respond_within is not None:
        parts.append(f"taken up{_within(escalation.respond_within)}")
    if escalation.priority:
        parts.append(f"priority {escalation.priority}")
    if escalation.next_update is not None:
        parts.append(f"the customer hears again{_within(escalation.next_update)}")
    if escalation.hand_over:
        parts.append(_HAND_OVER[escalation.hand_over])
    return ", ".join(parts)


def say_support(measures: Sequence[str]) -> str:
    """What the employee may do or gets."""
    return f"the employee {', '.join(_MEASURES[measure] for measure in measures)}"


def say_alert(alert: Alert) -> str:
    """Who is told at once."""
    looks = f", who looks{_within(alert.within)}" if alert.within is not None else ""
    return f"tell {alert.to} at once{looks}"


def say_flag(flag: Flag) -> str:
    """Who looks at the conduct."""
    return f"{flag.review_by} reviews the conduct{_within(flag.within)}"


def say_restriction(restriction: Restriction) -> str:
    """What is put to whom to decide."""
    step, every = restriction.step.replace("_", " "), restriction.review_every
    again = f", looked at again every {say_duration(every)}" if every is not None else ""
    return f"{restriction.decided_by} decides on a {step} that ends after {say_duration(restriction.expires)}{again}"


def _within(length: timedelta | None) -> str:
    return "" if length is None else f" within {say_duration(length)}"
