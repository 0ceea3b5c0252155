"""A restriction that the rules propose. A person imposes it, or does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine.decide.kinds.due_process import VULNERABLE, spared_until
from careengine.decide.kinds.ladder import still_reached
from careengine.decide.kinds.restrictions import DUE_PROCESS
from careengine.errors import PayloadError, PayloadProblem, SettledError
from careengine.model.protection import STEPS, Protection
from careengine.model.restrictions import (
    DECLINED,
    EXPIRY,
    IMPOSED,
    PROPOSED,
    START,
    TIMER,
    CareAskedFor,
    VulnerabilityKnown,
)
from careengine.model.value import parse_instant, say_instant
from careengine.people.kind import Choice, Given, Kind
from careengine.people.kinds.measure import open_measure
from careengine.people.notice import appeal_until, bounds, notice_of
from careengine.people.recheck import no_longer_at_work
from careengine.people.writing import can_write, write
from careengine.pipeline.ending import timer_of
from careengine.pipeline.known import care_asked_for, vulnerability_known
from careengine.pipeline.timing import set_timer
from careengine.store import events, restrictions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted

WORDS = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\S"}
INSTANT = {"type": "string", "format": "date-time", "maxLength": 40}
_BEHAVIOUR = Given(
    schema={**WORDS, "description": "What the customer did, as the notice says it."},
    expected="what the customer did, in words for the customer",
)
_EVIDENCE = Given(
    schema={**WORDS, "description": "What that rests on, in a summary, as the notice says it."},
    expected="what it rests on, in words for the customer",
)
_START = Given(
    schema={**INSTANT, "description": "When it begins, if later than the policy says."},
    expected="an instant such as `2026-03-02T09:30:00Z`",
    needed=False,
    plain=True,
)
_END = Given(
    schema={**INSTANT, "description": "When it ends, if sooner than the policy says."},
    expected="an instant such as `2026-03-02T09:30:00Z`",
    needed=False,
    plain=True,
)


def _impose(deciding: Deciding) -> None:
    """It begins, the customer is told, and its end is set: all of it, or nothing."""
    one = _proposed(deciding)
    if spared := _why_spared(deciding, one.customer):
        raise SettledError(spared, one.standing.state)
    start, end = _times(deciding, one)
    until = appeal_until(one, deciding.now)
    written = notice_of(deciding, one, start=start, end=end)
    about = {"start": say_instant(start), "end": say_instant(end), "appeal_until": say_instant(until)}
    standing = replace(one.standing, state=IMPOSED, start=start, end=end, appeal_until=until)
    said = {"behaviour": deciding.given["behaviour"], "evidence": deciding.given["evidence_summary"]}
    told = {**said, "sent": written.text}
    one = restrictions.change(deciding.transaction, deciding.tenant, one, deciding.now, standing=standing, **told)
    if start > deciding.now:
        deciding.let_be()
        _set(deciding, one, START, start)
    else:
        text = f"{one.standing.to} imposed a {one.standing.step.replace('_', ' ')} until {about['end']}"
        deciding.do(**about, restriction=one.standing.id, text=text)
        if not can_write(deciding, "restrict"):
            write(deciding, one, "restrict", text)
    write(deciding, one, "notice", f"tell the customer: {written.text}", notice=written.text, locale=written.locale)
    _set(deciding, one, EXPIRY, end)
    open_measure(deciding, one)
    state = one.standing.state_at(deciding.now)
    deciding.note(f"restriction {one.standing.id}", "impose", {"state": PROPOSED}, {"state": state, **about})


def _why_spared(deciding: Deciding, customer: str) -> str:
    """`due_process.why_spared`, of now."""
    reader, tenant = deciding.transaction, deciding.tenant
    if vulnerability_known(reader, tenant, VulnerabilityKnown(customer=customer)):
        return VULNERABLE
    asked = CareAskedFor(customer=customer, at=deciding.now)
    return spared_until(care_asked_for(reader, tenant, asked, deciding.pipeline.care_first_for))


def changed(deciding: Deciding) -> Sequence[str]:
    """What does not speak for the restriction any more: its policy, or the incidents that are left in time by now."""
    if gone := no_longer_at_work(deciding):
        return [gone]
    one = restrictions.get(deciding.transaction, deciding.tenant, str(deciding.action))
    if one is None or not one.standing.counted or _still_asked(deciding, one):
        return ()
    step = one.standing.step.replace("_", " ")
    return [f"by now the incidents that it rests on are too few or too old for a {step}"]


def _still_asked(deciding: Deciding, one: Restricted) -> bool:
    policy = deciding.pipeline.policies().get(one.standing.policy)
    if policy is None or not isinstance(policy.outcome, Protection):
        return False
    rung = still_reached(policy.outcome, replace(one.standing, as_of=deciding.now), "")
    return bool(rung and rung.restrict and STEPS.index(rung.restrict.step) >= STEPS.index(one.standing.step))


def _proposed(deciding: Deciding) -> Restricted:
    one = restrictions.get(deciding.transaction, deciding.tenant, str(deciding.action))
    if one is None or one.standing.state != PROPOSED:
        state = one.standing.state if one else "gone"
        raise SettledError(f"this restriction is `{state}` already", state)
    return one


def _times(deciding: Deciding, one: Restricted) -> tuple[datetime, datetime]:
    """When it begins and ends: a person may begin it later and end it sooner than the policy says, and no more."""
    first, last = bounds(one, deciding.now)
    start, end = _instant(deciding, "start", first), _instant(deciding, "expiry", last)
    if start < first:
        raise _wrong("/start", f"it begins at {say_instant(first)} at the earliest")
    if end > last:
        raise _wrong("/expiry", f"the policy lets it last until {say_instant(last)}, and no longer")
    if end <= start:
        raise _wrong("/expiry", f"it would end before it starts, at {say_instant(start)}")
    return start, end


def _instant(deciding: Deciding, name: str, otherwise: datetime) -> datetime:
    if name not in deciding.given:
        return otherwise
    try:
        return parse_instant(deciding.given[name])
    except ValueError as error:
        raise _wrong(f"/{name}", f"expected an instant such as `2026-03-02T09:30:00Z`: {error}") from error


def _wrong(pointer: str, message: str) -> PayloadError:
    return PayloadError([PayloadProblem(pointer=pointer, message=message)])


def _set(deciding: Deciding, one: Restricted, step: str, at: datetime) -> None:
    """What is due comes as an event of ours, whatever has become of the policy by then."""
    cause = events.document_of(deciding.transaction, deciding.tenant, one.event)
    cause = {**cause, "source": one.document["source"]}
    name, about = one.standing.id, {"kind": TIMER, "policy": DUE_PROCESS.id, "step": step}
    about["subject"] = name
    set_timer(
        deciding.transaction, deciding.tenant, timer_of(name, step), at, event=one.event, cause=cause, about=about
    )


def _decline(deciding: Deciding) -> None:
    one = _proposed(deciding)
    standing = replace(one.standing, state=DECLINED)
    restrictions.change(deciding.transaction, deciding.tenant, one, deciding.now, standing=standing)
    deciding.let_be()
    deciding.note(f"restriction {one.standing.id}", "decline", {"state": PROPOSED}, {"state": DECLINED})


RESTRICTION = Kind(
    name="restriction",
    names="restrictions",
    says="The rules only propose a restriction; a person of the role that the policy names imposes it.",
    choices=(
        Choice(
            name="impose",
            state="imposed",
            says="it begins, the customer is told by a notice, and it ends by itself",
            follows=_impose,
            acts=True,
            takes={"behaviour": _BEHAVIOUR, "evidence_summary": _EVIDENCE, "start": _START, "expiry": _END},
        ),
        Choice(name="decline", state="declined", says="it does not begin", follows=_decline),
    ),
    changed=changed,
)
