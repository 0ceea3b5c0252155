"""Somebody did otherwise than a rule said: kept against the rule with the reason, and escalated on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem, UnknownDecisionError
from careengine.model.pointer import join
from careengine.people.answer import LONGEST_REASON, REASON, wrong
from careengine.people.kind import Given
from careengine.pipeline.watching import EXCEPTION, question
from careengine.store import audit, decisions, events, overrides, tasks
from careengine.store.overrides import AMENDED, DECLINED, DEEDS, Override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.policy import PolicySet
    from careengine.people.deciding import Deciding
    from careengine.store.tasks import Task

_LONGEST_NAME, _LONGEST_ID = 60, 200
_NAME = {"type": "string", "pattern": REASON["pattern"]}
_TAKES = {
    "decision": Given(
        schema={**_NAME, "maxLength": _LONGEST_ID, "description": "The id of the decision."},
        expected="the id of a decision",
    ),
    "policy": Given(
        schema={
            **_NAME,
            "maxLength": _LONGEST_ID,
            "description": "The rule that was not followed; it had a say in the decision.",
        },
        expected="the id of a policy",
    ),
    "did": Given(
        schema={"type": "string", "enum": list(DEEDS), "description": "Said no, gave something else, or acted anyway."},
        expected=f"one of {', '.join(f'`{deed}`' for deed in DEEDS)}",
    ),
    "reason": Given(
        schema={**REASON, "description": "Why; it is kept."}, expected=f"why, in 1 to {LONGEST_REASON} characters"
    ),
    "exception": Given(
        schema={**_NAME, "maxLength": _LONGEST_NAME, "description": "A short name by which cases are counted."},
        expected=f"a name of 1 to {_LONGEST_NAME} characters",
        needed=False,
    ),
    "escalate": Given(
        schema={"type": "boolean", "default": False, "description": "Also ask the rule's owner what follows."},
        expected="true or false",
        needed=False,
    ),
}
SCHEMA = {
    "type": "object",
    "required": [name for name, given in _TAKES.items() if given.needed],
    "additionalProperties": False,
    "properties": {name: given.schema for name, given in _TAKES.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """What was kept. `task` is the question to the rule's owner, where it was escalated."""

    override: Override
    task: Task | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        made = self.override
        told = {"decision": made.decision, "policy": made.policy, "did": made.did, "reason": made.reason}
        exception = {"exception": made.exception} if made.exception else {}
        return {**told, **exception, "task": self.task.id if self.task else None}


def override(
    transaction: Connection, tenant: str, policies: PolicySet, body: Any, actor: str, now: datetime
) -> Overridden:
    """Keep that somebody did otherwise.

    `body` has `decision`, `policy`, `did` (declined, amended, otherwise) and `reason`. It may have `exception`, a short
    name by which such cases are counted, and `escalate`. Raises UnknownDecisionError, and
    PayloadError with every fault.
    """
    if not isinstance(body, dict):
        raise PayloadError([PayloadProblem(pointer="", message="expected an object with `decision` and `policy`")])
    if faults := list(_faults(body)):
        raise PayloadError(faults)
    kept = decisions.get(transaction, tenant, body["decision"])
    if kept is None:
        raise UnknownDecisionError(f"there is no decision `{body['decision'][:80]}`")
    if faults := list(_no_say(kept.decision, body["policy"])):
        raise PayloadError(faults)
    event = events.number_of_decision(transaction, tenant, kept.id)
    named = {name: body[name].strip() for name in ("policy", "did", "reason")}
    made = Override(**named, decision=kept.id, event=event, actor=actor, exception=body.get("exception", "").strip())
    _keep(transaction, tenant, made, now)
    task = _escalated(transaction, tenant, policies, made, now) if body.get("escalate") else None
    return Overridden(override=made, task=task)


def note_otherwise(deciding: Deciding) -> None:
    """Who says no to what a rule asked for, or gives something else, does otherwise than the rule: it is kept, too."""
    task, did = deciding.task, deciding.choice.state
    asked = "action" in task.document and "decision" in task.document
    if asked and task.event is not None and did in (DECLINED, AMENDED):
        about = {"policy": task.policy, "decision": task.document["decision"], "event": task.event}
        made = Override(**about, did=did, reason=deciding.reason, actor=deciding.by.name)
        _keep(deciding.transaction, deciding.tenant, made, deciding.now)


def _keep(transaction: Connection, tenant: str, made: Override, now: datetime) -> None:
    """The one place where an override is kept, and the audit of its policy hears of it."""
    overrides.add(transaction, tenant, made, now)
    subject, after = audit.subject_of_policy(made.policy), {"decision": made.decision, "did": made.did}
    deed = audit.Deed(actor=made.actor, did="override", subject=subject, reason=made.reason, after=after)
    audit.add(transaction, tenant, deed, now)


def _escalated(transaction: Connection, tenant: str, policies: PolicySet, made: Override, now: datetime) -> Task | None:
    policy = policies.get(made.policy)
    if policy is None:
        message = "expected a policy of the rules in force; nobody owns one that is not there any more"
        raise PayloadError([PayloadProblem(pointer="/policy", message=message)])
    about = {"decision": made.decision, "did": made.did, "not_by": [made.actor]}
    asks = f"{policy.owner} says what follows for the rule {policy.id}: somebody did otherwise, because {made.reason}"
    task = question(tenant, EXCEPTION, policy, asks, now, about, event=made.event)
    tasks.put(transaction, tenant, task)
    return task


def _faults(body: Mapping[str, Any]) -> Iterator[PayloadProblem]:
    yield from wrong(_TAKES, body)
    for name in body:
        if name not in _TAKES:
            message = f"expected {', '.join(f'`{one}`' for one in _TAKES)}"
            yield PayloadProblem(pointer=join("", name[:80]), message=message, place="")


def _no_say(decision: Mapping[str, Any], policy: str) -> Iterator[PayloadProblem]:
    named = *decision["matched"], *decision.get("restraints", ())
    said = [*(one["policy"] for one in named), *(one["by"] for one in decision["withheld"])]
    if policy not in said:
        known = ", ".join(f"`{name}`" for name in dict.fromkeys(said)) or "none"
        yield PayloadProblem(pointer="/policy", message=f"expected a policy that had a say in this decision: {known}")
