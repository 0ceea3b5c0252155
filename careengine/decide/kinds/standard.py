"""A standard: what its clock says when it starts, at its milestones, and when somebody wants to close a case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.clock import due
from careengine.decide.english import say_condition
from careengine.decide.logic import evaluate
from careengine.decide.proposal import Proposal
from careengine.decide.terms import say_within, terms_of
from careengine.model.decision import EXECUTE
from careengine.model.standard import OPEN, ClockOf, Milestone, OpenClocks, Standard, end_of, subject_of
from careengine.model.value import parse_instant, say_duration, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.clock import Pause
    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.hours import Hours
    from careengine.model.policy import Policy, PolicySet

CLOSING = "case.closing"
_SUBJECTS = {"case": "case", "issue": "issue", "promise": "promise", "failure": "failure"}
_PERCENT = 100


def wishes(policy: Policy, standard: Standard, facts: Facts) -> Iterator[Proposal]:
    """The clock that starts, unless it runs already and this event does not end it."""
    subject, end = subject_of(standard, facts.fields), end_of(standard, facts.fields)
    if subject is None or (standard.until and end is None):
        return
    clock = _clock(policy, subject, facts) or {}
    if (clock.get("state") in OPEN and not stops(standard, facts)) or _comes_late(clock, facts):
        return
    at = None if standard.within and standard.calendar else instant_of(standard, None, facts.as_of, end, (), {})
    yield Proposal(
        policy=policy,
        type="clock",
        status=EXECUTE,
        text=f"{_said(subject)}: {_how_long(standard)}",
        merge=f"clock {policy.id}",
        params={
            "subject": subject,
            "within": say_duration(standard.within) if standard.within else None,
            **({"due_at": say_instant(at)} if at else {}),
        },
        terms=terms_of(standard.calendar, due_at=standard.within),
    )


def due_wishes(policy: Policy, standard: Standard, facts: Facts) -> Iterator[Proposal]:
    """What a milestone asks for, unless its clock has ended meanwhile; or what keeps a case from being closed."""
    if facts.event == CLOSING:
        yield from _hold(policy, facts)
        return
    subject, step = str(facts.fields.get("clock.subject")), facts.fields.get("clock.step")
    milestone = next((one for one in standard.milestones if one.name == step), None)
    if milestone is None or not _may_be_open(policy, subject, facts):
        return
    what = f"{policy.title}: {_said(subject)}, {_moment(milestone)}"
    shared: dict[str, Any] = {"subject": subject, "step": milestone.name}
    if milestone.tell:
        params: dict[str, Any] = {"to": milestone.tell, **shared, "within": None}
        merge = f"alert {milestone.tell} {policy.id}"
        text = f"tell {milestone.tell} at once: {what}"
        yield Proposal(policy=policy, type="alert", status=EXECUTE, text=text, merge=merge, params=params)
    if milestone.escalate_to:
        params = {"to": milestone.escalate_to, "level": milestone.level, **shared}
        text = f"escalate to {milestone.escalate_to} (level {milestone.level}): {what}"
        yield Proposal(policy=policy, type="escalate", status=EXECUTE, text=text, params=params)


def _hold(policy: Policy, facts: Facts) -> Iterator[Proposal]:
    left = [one["subject"] for one in open_clocks(facts) if one["policy"] == policy.id]
    text = f"do not close the case yet: {policy.title}; still open: {', '.join(_said(one) for one in left)}"
    yield Proposal(
        policy=policy, type="hold", status=EXECUTE, text=text, merge=f"hold {policy.id}", params={"open": left}
    )


def held(policies: PolicySet, facts: Facts) -> list[tuple[Policy, str]]:
    """The standards that keep the case of this event from being closed, each with why."""
    found: dict[str, list[str]] = {}
    for one in open_clocks(facts):
        found.setdefault(one["policy"], []).append(one["subject"])
    named = ((policies.get(policy), subjects) for policy, subjects in sorted(found.items()))
    return [
        (policy, f"still open: {', '.join(map(_said, subjects))}")
        for policy, subjects in named
        if policy and isinstance(policy.outcome, Standard) and policy.outcome.blocks_closing
    ]


def open_clocks(facts: Facts) -> Sequence[dict[str, Any]]:
    """The clocks of the case that have not ended."""
    case = facts.fields.get("case.id")
    return (facts.state.ask(OpenClocks(source=_source(facts), case=case)) or ()) if isinstance(case, str) else ()


def _comes_late(clock: Mapping[str, Any], facts: Facts) -> bool:
    """Whether an event tells of a beginning before the one that is known, or of one that is over by now."""
    started_at, ended_at = clock.get("started_at"), clock.get("ended_at")
    before = started_at is not None and facts.as_of < parse_instant(started_at)
    return before or (ended_at is not None and facts.as_of <= parse_instant(ended_at))


def _may_be_open(policy: Policy, subject: str, facts: Facts) -> bool:
    # Where it is not known, somebody is told rather than not.
    return (_clock(policy, subject, facts) or {"state": OPEN[0]})["state"] in OPEN


def _clock(policy: Policy, subject: str, facts: Facts) -> Any:
    return facts.state.ask(ClockOf(policy=policy.id, source=_source(facts), subject=subject))


def _source(facts: Facts) -> str:
    return str(facts.fields.get("source", ""))


def stops(standard: Standard, facts: Facts) -> bool:
    """Whether an event ends the clock."""
    if facts.event not in standard.stop_events:
        return False
    return standard.stop_when is None or evaluate(standard.stop_when, facts) is True


def pauses_now(standard: Standard, facts: Facts) -> bool | None:
    """Whether the clock stands still from an event on; None when the event does not tell."""
    return None if standard.pause_when is None else evaluate(standard.pause_when, facts)


def instant_of(
    standard: Standard,
    milestone: Milestone | None,
    start: datetime,
    end: datetime | None,
    pauses: Sequence[Pause],
    calendars: Mapping[str, Hours],
) -> datetime | None:
    """When a milestone comes, or the end (None); None while the clock stands still.

    `end` is the instant that the clock was given to run until. Before and after count by the same hours as the clock.
    """
    hours = calendars.get(standard.calendar) if standard.calendar else None
    shift = milestone.shift if milestone else timedelta()
    if end is None:
        return due(start, _length(standard, milestone), hours, pauses)
    if milestone is not None and milestone.percent is not None:
        return start + (end - start) * milestone.percent / _PERCENT
    return due(end, shift, hours) if shift > timedelta() else end + shift


def _length(standard: Standard, milestone: Milestone | None) -> timedelta:
    assert standard.within is not None  # noqa: S101  a clock that is not given its end has a length
    if milestone is None:
        return standard.within
    if milestone.percent is not None:
        return standard.within * milestone.percent / _PERCENT
    return standard.within + milestone.shift


def doings(_: Policy, standard: Standard, catalogue: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    yield f"a clock runs for the {_SUBJECTS[standard.subject]}: {_how_long(standard)}"
    phrases = dict(zip(catalogue.fields["type"].allowed, catalogue.fields["type"].phrases, strict=True))
    events = ", or ".join(phrases[event] for event in sorted(standard.stop_events))
    and_so = f", and {say_condition(standard.stop_when)}" if standard.stop_when else ""
    yield f"it ends when {events}{and_so}"
    if standard.pause_when:
        yield f"it stands still while {say_condition(standard.pause_when)}"
    for milestone in standard.milestones:
        told = [f"tell {milestone.tell}"] if milestone.tell else []
        told += [f"escalate to {milestone.escalate_to} (level {milestone.level})"] if milestone.escalate_to else []
        yield f"{_moment(milestone)}: {' and '.join(told)}"
    if standard.blocks_closing:
        yield "until it ends the case is not to be closed"


def _how_long(standard: Standard) -> str:
    if standard.within:
        return f"it is done{say_within(standard.within, standard.calendar)}"
    by = f", counted by the hours of {standard.calendar}" if standard.calendar else ""
    return f"it is done by {standard.until}{by}"


def _moment(milestone: Milestone) -> str:
    if milestone.percent is not None:
        return f"{milestone.percent}% of the time has passed"
    if not milestone.shift:
        return "the time is over"
    length = say_duration(abs(milestone.shift))
    return f"{length} before the time is over" if milestone.shift < timedelta() else f"{length} after the time was over"


def _said(subject: str) -> str:
    return subject.replace(":", " ", 1)
