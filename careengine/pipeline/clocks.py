"""Keeps the clocks of standards: an event starts, ends or pauses them, and the next of their milestones is a timer."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from careengine.clock import Pause
from careengine.decide.kinds.standard import instant_of, pauses_now, stops
from careengine.model.due_event import CLOCK_DUE, carried
from careengine.model.policy import STANDARD
from careengine.model.standard import MET, MISSED, OPEN, PAUSED, RUNNING, SUBJECTS, TIMER, Standard, end_of, subject_of
from careengine.model.value import parse_instant, say_instant
from careengine.pipeline.timing import set_timer
from careengine.store import clocks, timers
from careengine.store.clocks import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.interaction import Interaction
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.standard import ClockOf, OpenClocks
    from careengine.pipeline.effects import Decided

_SHORT = 24  # hex digits: 96 bits
NONE = {"state": "none"}


def answer_clock(reader: Connection, tenant: str, question: ClockOf) -> dict[str, Any]:
    """How one clock stands; an open one since when, an ended one when it was last told that it is over."""
    found = clocks.one(reader, tenant, question.policy, question.source, question.subject)
    if found is None:
        return NONE
    if found.state in OPEN:
        return {"state": found.state, "started_at": say_instant(found.started_at)}
    return {"state": found.state, "ended_at": found.document["told"]}


def answer_open(reader: Connection, tenant: str, question: OpenClocks) -> list[dict[str, Any]]:
    """The clocks of a case that have not ended."""
    found = clocks.open_of_case(reader, tenant, question.source, question.case)
    return [
        {"policy": one.policy, "subject": one.subject, "due_at": say_instant(one.due_at) if one.due_at else None}
        for one in found
    ]


def hold_clocks(transaction: Connection, tenant: str, interaction: Interaction, policies: PolicySet) -> None:
    """Wait until nobody else decides on the clocks of what an event is about."""
    timed = {one.outcome.subject for one in policies.of_kind(STANDARD) if isinstance(one.outcome, Standard)}
    if not timed:
        return
    found = [one for one in _subjects(interaction.fields) if one.partition(":")[0] in timed]
    clocks.hold(transaction, tenant, interaction.source, found)


def keep_clocks(transaction: Connection, decided: Decided) -> None:
    """Let the clocks that this event concerns go on, stop or stand still; then start those that the decision starts.

    Events may come out of their order: what is older than what a clock was last told changes nothing, and that it is
    over is kept of a clock that has not begun, too.
    """
    standards = {policy.id: policy for policy in decided.policies.of_kind(STANDARD)}
    if not standards:
        return
    subjects = list(_subjects(decided.facts.fields))
    found = clocks.of_subjects(transaction, decided.tenant, decided.interaction.source, subjects)
    for clock in found:
        policy = standards.get(clock.policy)
        mine = decided.facts.event != CLOCK_DUE or decided.facts.fields.get("clock.policy") == clock.policy
        if mine and policy is not None and isinstance(policy.outcome, Standard):
            _go_on(transaction, decided, policy.outcome, clock)
    for policy in standards.values():
        _over_before_it_began(transaction, decided, policy, {(clock.policy, clock.subject) for clock in found})
    for action in decided.answer["actions"]:
        if action["type"] == "clock":
            _start(transaction, decided, standards[action["policies"][0]], action["params"]["subject"])


def _subjects(fields: Mapping[str, Any]) -> Iterator[str]:
    if fields.get("type") == CLOCK_DUE:
        yield str(fields.get("clock.subject"))
        return
    for name in SUBJECTS:
        found = fields.get(f"{name}.id")
        if isinstance(found, str):
            yield f"{name}:{found}"


def _start(transaction: Connection, decided: Decided, policy: Policy, subject: str) -> None:
    standard: Standard = policy.outcome  # type: ignore[assignment]  # only standards have clocks
    clock = _new(decided, policy, subject, end_of(standard, decided.facts.fields))
    if pauses_now(standard, decided.facts) is True:
        clock = _paused(clock, decided.facts.as_of)
    _keep(transaction, decided, standard, clock)


def _over_before_it_began(
    transaction: Connection, decided: Decided, policy: Policy, begun: Collection[tuple[str, str]]
) -> None:
    standard: Standard = policy.outcome  # type: ignore[assignment]  # as above
    subject = subject_of(standard, decided.facts.fields)
    if subject is None or (policy.id, subject) in begun or decided.facts.event == CLOCK_DUE:
        return
    if stops(standard, decided.facts):
        clock = _new(decided, policy, subject)
        clocks.put(transaction, decided.tenant, replace(clock, state=MET, ended_at=clock.started_at))


def _new(decided: Decided, policy: Policy, subject: str, until: datetime | None = None) -> Clock:
    at, case = decided.facts.as_of, decided.facts.fields.get("case.id")
    return Clock(
        policy=policy.id,
        source=decided.interaction.source,
        subject=subject,
        case=case if isinstance(case, str) else None,
        state=RUNNING,
        event=decided.event,
        started_at=at,
        due_at=None,
        ended_at=None,
        document={
            "pauses": [],
            "past": None,
            "next": None,
            "until": say_instant(until) if until else None,
            "told": say_instant(at),
            "cause": _cause(decided),
        },
    )


def _go_on(transaction: Connection, decided: Decided, standard: Standard, clock: Clock) -> None:
    facts = decided.facts
    if facts.event == CLOCK_DUE:
        due = [say_instant(facts.as_of), str(facts.fields.get("clock.step"))]
        if clock.state in OPEN and due == clock.document["next"]:
            _keep(transaction, decided, standard, replace(clock, document={**clock.document, "past": due}))
    elif stops(standard, facts):
        _stop(transaction, decided, standard, clock)
    elif clock.state in OPEN:
        _pause(transaction, decided, standard, clock)


def _stop(transaction: Connection, decided: Decided, standard: Standard, clock: Clock) -> None:
    """What is over stays over to the last instant that it was told; what was over before it began is not over now."""
    at = decided.facts.as_of
    if at < clock.started_at:
        return
    told = max(at, parse_instant(clock.document["told"]))
    stopped = replace(clock, document={**clock.document, "told": say_instant(told)})
    if clock.state in OPEN:
        stopped = _running(stopped, at) if clock.state == PAUSED else stopped
        due_at = _instants(standard, stopped, decided)[0]
        in_time = due_at is None or at <= due_at
        stopped = replace(stopped, state=MET if in_time else MISSED, due_at=due_at, ended_at=at)
        timers.cancel(transaction, decided.tenant, _timer(clock))
    if stopped != clock:
        clocks.put(transaction, decided.tenant, stopped)


def _pause(transaction: Connection, decided: Decided, standard: Standard, clock: Clock) -> None:
    at, still = decided.facts.as_of, pauses_now(standard, decided.facts)
    if still is None or at < parse_instant(clock.document["told"]):
        return
    clock = replace(clock, document={**clock.document, "told": say_instant(at)})
    if still is (clock.state == PAUSED):
        clocks.put(transaction, decided.tenant, clock)
    else:
        _keep(transaction, decided, standard, _paused(clock, at) if still else _running(clock, at))


def _paused(clock: Clock, at: datetime) -> Clock:
    pauses = [*clock.document["pauses"], [say_instant(at), None]]
    return replace(clock, state=PAUSED, document={**clock.document, "pauses": pauses})


def _running(clock: Clock, at: datetime) -> Clock:
    *before, (since, _) = clock.document["pauses"]
    end = max(at, parse_instant(since))
    return replace(clock, state=RUNNING, document={**clock.document, "pauses": [*before, [since, say_instant(end)]]})


def _keep(transaction: Connection, decided: Decided, standard: Standard, clock: Clock) -> None:
    """Keep a clock that has not ended, and set the timer of its next milestone."""
    due_at, coming = _instants(standard, clock, decided)
    coming_next = [say_instant(coming[0][0]), coming[0][1]] if coming else None
    document = {**clock.document, "next": coming_next}
    clocks.put(transaction, decided.tenant, replace(clock, due_at=due_at, document=document))
    if not coming:
        timers.cancel(transaction, decided.tenant, _timer(clock))
        return
    at, step = coming[0]
    set_timer(
        transaction,
        decided.tenant,
        _timer(clock),
        at,
        event=clock.event,
        cause=clock.document["cause"],
        about={"kind": TIMER, "policy": clock.policy, "step": step, "subject": clock.subject},
        named=f"{_timer(clock)} {say_instant(clock.started_at)} {step}",
        told_at=None if decided.facts.event == CLOCK_DUE else decided.now,
    )


def _instants(standard: Standard, clock: Clock, decided: Decided) -> tuple[datetime | None, list[tuple[datetime, str]]]:
    """When the time is over, and the milestones to come with their instants; none while the clock stands still."""
    document, calendars = clock.document, decided.policies.calendars
    pauses = list(_pauses(document["pauses"]))
    until = parse_instant(document["until"]) if document["until"] else None
    past = (parse_instant(document["past"][0]), document["past"][1]) if document["past"] else None
    at = instant_of(standard, None, clock.started_at, until, pauses, calendars)
    found = [
        (instant_of(standard, milestone, clock.started_at, until, pauses, calendars), milestone.name)
        for milestone in standard.milestones
    ]
    coming = [(when, name) for when, name in found if when is not None and (past is None or (when, name) > past)]
    return at, sorted(coming)


def _pauses(told: Sequence[Sequence[str | None]]) -> Iterator[Pause]:
    for start, end in told:
        assert start  # noqa: S101  a pause begins somewhere
        yield Pause(parse_instant(start), parse_instant(end)) if end else Pause(parse_instant(start))


def _cause(decided: Decided) -> Mapping[str, Any]:
    """What the events of its timers take over: whose and what it is about, never anybody's words; and what it was."""
    document = decided.interaction.document
    named = {name: document[name] for name in ("id", "cause") if name in document}
    return {"source": decided.interaction.source, **carried(document), **named}


def _timer(clock: Clock) -> str:
    named = sha256(f"{clock.source}\x1f{clock.subject}".encode("utf-8", "replace")).hexdigest()[:_SHORT]
    return f"clock:{clock.policy}:{named}"
