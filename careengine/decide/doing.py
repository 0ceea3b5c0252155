"""What a policy does, in plain English: the same words in its description and in the actions it leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from careengine.decide.english import say_condition
from careengine.decide.terms import say_within
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from careengine.model.contact import Contact, Wait
    from careengine.model.message import Message
    from careengine.model.policy import Escalation
    from careengine.model.protection import Alert, Appeal, Flag, Restriction, Rung

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
_KEPT = "what is owed, emergency contact, the statutory complaint route and reasonable adjustments are kept"
# What was so when conduct is excluded, by the names of `model.protection.EXCLUSIONS`.
SAID = {
    "distress": "the customer was in distress",
    "complaint": "what was reported is the complaint itself",
    "disability": "it comes with a disability",
}
_HAND_OVER = {
    "warm": "the present owner introduces the next one",
    "cold": "without an introduction by the present owner",
}

_HOW = {"call_back": "call back", "message": "write"}


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
        parts.append(f"taken up{say_within(escalation.respond_within, escalation.calendar)}")
    if escalation.priority:
        parts.append(f"priority {escalation.priority}")
    if escalation.next_update is not None:
        parts.append(f"the customer hears again{say_within(escalation.next_update, escalation.calendar)}")
    if escalation.hand_over:
        parts.append(_HAND_OVER[escalation.hand_over])
    if escalation.lock_owner:
        parts.append(f"who keeps it to its end: until {escalation.lock_owner} lifts that it is not passed on again")
    return ", ".join(parts)


def say_support(measures: Sequence[str], away_for: timedelta | None = None) -> str:
    """What the employee may do or gets."""
    until = f" for {say_duration(away_for)}" if away_for is not None else ""
    said = [_MEASURES[measure] + (until if measure == "route_away" else "") for measure in measures]
    return f"the employee {', '.join(said)}"


def say_alert(alert: Alert) -> str:
    """Who is told at once."""
    looks = f", who looks{say_within(alert.within, alert.calendar)}" if alert.within is not None else ""
    return f"tell {alert.to} at once{looks}"


def say_flag(flag: Flag) -> str:
    """Who looks at the conduct."""
    return f"{flag.review_by} reviews the conduct{say_within(flag.within, flag.calendar)}"


def say_restriction(restriction: Restriction) -> str:
    """What is put to whom to decide."""
    step, every = restriction.step.replace("_", " "), restriction.review_every
    starts = (
        f" that begins after {say_duration(restriction.starts_after)} and"
        if restriction.starts_after is not None
        else " that"
    )
    again = f", looked at again every {say_duration(every)}" if every is not None else ""
    ends = f"ends after {say_duration(restriction.expires)}{again}"
    return f"{restriction.decided_by} decides on a {step}{starts} {ends}; {_KEPT}"


def say_rung(rung: Rung) -> str:
    """How a step of a ladder is reached, and what it then does."""
    does = [*([say_support(rung.support)] if rung.support else ()), *_proposed(rung)]
    return f"when {say_condition(rung.when)}, {'; '.join(does) or 'nothing more'}"


def _proposed(rung: Rung) -> Sequence[str]:
    return (say_restriction(rung.restrict),) if rung.restrict else ()


def say_exclusions(exclusions: Sequence[str]) -> str:
    """What leads to no restriction."""
    return f"no restriction when {' or '.join(SAID[name] for name in exclusions)}, nor while the customer is vulnerable"


def say_appeal(appeal: Appeal) -> str:
    """How it is contested."""
    answer = f", answered{say_within(appeal.answer_within)}" if appeal.answer_within is not None else ""
    where = f", writing to {appeal.address}" if appeal.address else ""
    return f"the customer may appeal{say_within(appeal.within)} to {appeal.decided_by}{where}{answer}"


def say_open_question(restriction: Restriction, unsaid: Sequence[str]) -> str:
    """What a person has to say first."""
    step = restriction.step.replace("_", " ")
    return f"{restriction.decided_by} says first whether {' or '.join(unsaid)}; until then no {step} is proposed"


def say_contact(contact: Contact) -> str:
    """A contact of our own accord: what for, how, by whom."""
    how = f"{_HOW[contact.how]}{say_within(contact.within, contact.calendar)}{_on(contact.channels)}"
    parts = [f"contact the customer of our own accord ({contact.purpose})"]
    parts.append(f"apologise first, {how}" if contact.apologise else how)
    if contact.by:
        parts.append(f"{contact.by} does it")
    return f"{parts[0]}: {'; '.join(parts[1:])}"


def say_wait(wait: Wait) -> str:
    """When a policy looks again."""
    return f"look again {say_duration(wait.length)} later, and only then act"


def _on(channels: Sequence[str]) -> str:
    return f" by {', or else '.join(channels)}" if channels else ""


def say_message(message: Message) -> Iterator[str]:
    """What the customer reads, in each language."""
    for language, text in message.said():
        yield f"the customer reads{f' in {language}' if language else ''}: {_quoted(text)}"


def _quoted(text: str) -> str:
    """The text as JSON has it, with every letter that can be seen as it is."""
    return "".join(
        char if char.isprintable() else json.dumps(char)[1:-1] for char in json.dumps(text, ensure_ascii=False)
    )
