"""Protection: support for the employee at once, and what is put to people to decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.decide.doing import (
    say_alert,
    say_appeal,
    say_exclusions,
    say_flag,
    say_message,
    say_open_question,
    say_restriction,
    say_rung,
    say_support,
)
from careengine.decide.kinds.due_process import open_questions, stands_against
from careengine.decide.kinds.ladder import reached, unconfirmed
from careengine.decide.letter import Letter
from careengine.decide.proposal import Proposal
from careengine.decide.terms import terms_of
from careengine.messages.notices import DRAFTED, notice, notice_params
from careengine.model.decision import EXECUTE, PROPOSE
from careengine.model.protection import KEPT
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.message import Message
    from careengine.model.policy import Policy
    from careengine.model.protection import Alert, Appeal, Flag, Protection, Restriction, Rung


def wishes(policy: Policy, protection: Protection, facts: Facts) -> Iterator[Proposal]:
    """What it asks for, support first."""
    rung = reached(protection, facts)
    measures = list(dict.fromkeys((*protection.support, *(rung.support if rung else ()))))
    if measures:
        yield _support(policy, protection.away_for, measures, facts)
    if protection.alert:
        alert = protection.alert
        yield _within(alert, _to(policy, "alert", EXECUTE, alert.to, say_alert(alert)))
    if protection.flag:
        flag = protection.flag
        yield _within(flag, _to(policy, "flag", PROPOSE, flag.review_by, say_flag(flag)))
    step = asked_step(protection, rung)
    if step and not stands_against(policy, protection, step, facts):
        yield restriction(policy, protection, step, rung, **_case(facts))
    elif step and (unsaid := open_questions(protection, facts)):
        yield _to(policy, "review", PROPOSE, step.decided_by, say_open_question(step, unsaid))
    elif not step and (why := _uncounted(protection, facts)):
        first = next(rung.restrict for rung in protection.ladder if rung.restrict)
        yield _to(policy, "review", PROPOSE, first.decided_by, f"review the incident, which does not count: {why}")


def _support(policy: Policy, away_for: timedelta | None, measures: list[str], facts: Facts) -> Proposal:
    params: dict[str, Any] = {"measures": measures, "employee": _employee(facts)}
    params |= {"away_for": say_duration(away_for)} if away_for else {}
    text = say_support(measures, away_for)
    return Proposal(
        policy=policy, type="support", status=EXECUTE, text=text, merge="support", params=params, within=away_for
    )


def held_back(policy: Policy, protection: Protection, facts: Facts) -> str:
    """Why the step that this event reaches is not proposed; empty when it is, or none is reached."""
    step = asked_step(protection, reached(protection, facts))
    return stands_against(policy, protection, step, facts) if step else _uncounted(protection, facts)


def _uncounted(protection: Protection, facts: Facts) -> str:
    """Why an event that confirms an incident moves nobody up a ladder with steps; empty when it may."""
    return unconfirmed(facts) if any(rung.restrict and rung.incidents for rung in protection.ladder) else ""


def asked_step(protection: Protection, rung: Rung | None) -> Restriction | None:
    """The step that is put to a person: the policy's own, or that of the ladder."""
    return protection.restrict or (rung.restrict if rung else None)


def restriction(policy: Policy, protection: Protection, step: Restriction, rung: Rung | None, **case: Any) -> Proposal:
    """A restriction that is put to a person, with all that they and the customer must know of it."""
    expires = say_duration(step.expires)
    review = say_duration(step.review_every) if step.review_every else None
    reached_by = {"ladder_step": int(rung.pointer.rpartition("/")[2]) + 1} if rung else {}
    more = {"starts_after": say_duration(step.starts_after)} if step.starts_after else {}
    if protection.appeal:
        appeal = protection.appeal
        more |= {"appeal_to": appeal.decided_by, "appeal_within": say_duration(appeal.within)}
        more |= {"appeal_answer": say_duration(appeal.answer_within)} if appeal.answer_within else {}
    # Only the very same restriction is proposed once; between two that differ, a person chooses.
    merge = f"{step.step} {expires} {review} {case.get('incident')}"
    params = {"step": step.step, "expires": expires, "review_every": review, **reached_by, **more}
    wish = _to(policy, "restrict", PROPOSE, step.decided_by, say_restriction(step), merge=merge, **params)
    return replace(wish, params={**wish.params, "kept": list(KEPT), **case})


def notices(policy: Policy, protection: Protection, facts: Facts) -> Iterator[Proposal]:
    """Each step that it may propose, with the notice as the customer would read it if it were imposed at once."""
    if not protection.notice or not protection.appeal:
        return
    asked = [(protection.restrict, None), *((rung.restrict, rung) for rung in protection.ladder)]
    for step, rung in asked:
        if step:
            wish = restriction(policy, protection, step, rung)
            yield replace(wish, letter=_notice(protection.notice, protection.appeal, step, facts.as_of))


def _notice(message: Message, appeal: Appeal, step: Restriction, now: datetime) -> Letter:
    start, until = now + (step.starts_after or timedelta()), now + appeal.within
    times = {"start": start, "end": now + step.expires, "appeal_until": until}
    params = notice_params(step=step.step, address=appeal.address, **DRAFTED, **times)  # type: ignore[arg-type]
    return Letter(message=notice(message.texts), params=params)


def _case(facts: Facts) -> dict[str, Any]:
    incident = facts.fields.get("incident.id")
    return {"incident": incident} if isinstance(incident, str) else {}


def _to(policy: Policy, kind: str, status: str, to: str, text: str, *, merge: str = "", **params: Any) -> Proposal:
    """A wish addressed to a role; wishes of one type to one role are joined."""
    return Proposal(
        policy=policy,
        type=kind,
        status=status,
        text=text,
        merge=f"{kind} {to} {merge}",
        params={"to": to, **params},
    )


def _within(asked: Alert | Flag, wish: Proposal) -> Proposal:
    within, terms = asked.within, terms_of(asked.calendar, due_at=asked.within)
    said = say_duration(within) if within else None
    return replace(wish, within=within, terms=terms, params={**wish.params, "within": said})


def _employee(facts: Facts) -> str | None:
    found = facts.fields.get("incident.target", facts.fields.get("employee.id"))
    return found if isinstance(found, str) else None


def doings(_: Policy, protection: Protection, __: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    if protection.support:
        yield say_support(protection.support, protection.away_for)
    if protection.alert:
        yield say_alert(protection.alert)
    if protection.flag:
        yield say_flag(protection.flag)
    if protection.restrict:
        yield say_restriction(protection.restrict)
    for number, rung in enumerate(protection.ladder, 1):
        yield f"step {number}: {say_rung(rung)}"
    if protection.exclusions:
        yield say_exclusions(protection.exclusions)
    if protection.appeal:
        yield say_appeal(protection.appeal)
    if protection.notice:
        yield from say_message(protection.notice)
