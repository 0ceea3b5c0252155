"""Sets the times at which contacts are looked at again: after the wait of an outreach, and after a cap put one off."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from careengine.decide.due_contact import CONTACT_CLOCK, PUT_OFF, WAITED, times_put_off
from careengine.decide.resting import waits
from careengine.model.contact import Outreach
from careengine.model.decision import Withheld
from careengine.model.due_event import CLOCK_DUE
from careengine.model.policy import LIVE
from careengine.model.restraint import DEFERRED
from careengine.model.value import shifted
from careengine.pipeline.timing import set_timer
from careengine.store import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.policy import Policy
    from careengine.pipeline.effects import Decided

# What the wish was made of, beside what every event of ours takes over from its cause.
_REASONS = ("failure", "survey", "employee")
_SHORT = 24  # hex digits: 96 bits


def set_contact_timers(transaction: Connection, decided: Decided) -> None:
    """Keep a timer for every live contact that waits or was put off."""
    wanted = [*_waiting(decided), *_put_off(decided)]
    if not wanted:
        return
    cause = events.document_of(transaction, decided.tenant, decided.event)
    subject = _subject(decided)
    for policy, step, due_at in wanted:
        named = sha256(f"{decided.interaction.source}\x1f{subject}".encode("utf-8", "replace")).hexdigest()[:_SHORT]
        timer_id = f"contact:{policy.id}:{named}"
        about = {"kind": CONTACT_CLOCK, "policy": policy.id, "step": step, "subject": subject}
        set_timer(
            transaction,
            decided.tenant,
            timer_id,
            due_at,
            event=decided.event,
            cause=cause,
            about=about,
            also=_reasons(cause),
            told_at=decided.now,
        )


def _waiting(decided: Decided) -> Iterator[tuple[Policy, str, datetime]]:
    for match in decided.decision.matched:
        policy = decided.policies.get(match.policy)
        if policy is None or policy.status != LIVE or not isinstance(policy.outcome, Outreach):
            continue
        told = Withheld(policy=policy.id, by=policy.id, why=waits(policy, decided.facts))
        if policy.outcome.wait is not None and told in decided.decision.withheld:
            yield policy, WAITED, shifted(decided.facts.as_of, policy.outcome.wait.length)


def _put_off(decided: Decided) -> Iterator[tuple[Policy, str, datetime]]:
    for restraint in decided.decision.restraints:
        policy = decided.policies.get(restraint.of)
        if restraint.did != DEFERRED or restraint.status != LIVE or restraint.until is None:
            continue
        if policy is not None and policy.status == LIVE and isinstance(policy.outcome, Outreach):
            yield policy, f"{PUT_OFF}{times_put_off(decided.facts, policy) + 1}", restraint.until


def _subject(decided: Decided) -> str:
    """The event that the contact was first wished for on."""
    fields = decided.facts.fields
    if decided.facts.event == CLOCK_DUE and fields.get("clock.kind") == CONTACT_CLOCK:
        return str(fields["clock.subject"])
    return f"event:{decided.interaction.id}"


def _reasons(cause: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cause[name] for name in _REASONS if name in cause}
