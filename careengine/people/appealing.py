"""A person hands in a customer's appeal against a restriction; somebody else hears it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem, SettledError, UnknownTaskError
from careengine.model.due_event import OURS, carried
from careengine.model.value import say_instant
from careengine.people.answer import LONGEST_REASON, REASON
from careengine.pipeline.ending import restriction_of
from careengine.store import audit, events, identities, restrictions, tasks
from careengine.store.restrictions import subject_of_restriction

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from careengine.people.actor import Actor
    from careengine.pipeline import Outcome, Pipeline
    from careengine.store.restrictions import Restricted
    from careengine.store.tasks import Task

SCHEMA = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {"reason": {**REASON, "description": "What the customer says; it is kept."}},
}


def read_reason(body: Any) -> str:
    """The reason in a JSON body. Raises PayloadError with every fault."""
    given = body if isinstance(body, dict) else {}
    faults = []
    if not isinstance(body, dict) or set(given) - {"reason"}:
        faults.append(PayloadProblem(pointer="", message="expected an object with `reason` and nothing else"))
    reason = given.get("reason")
    if not (isinstance(reason, str) and reason.strip() and len(reason) <= LONGEST_REASON and "\0" not in reason):
        message = f"expected what the customer says, in 1 to {LONGEST_REASON} characters"
        faults.append(PayloadProblem(pointer="/reason", message=message))
    if faults:
        raise PayloadError(faults)
    return str(reason).strip()


def appeal(pipeline: Pipeline, tenant: str, name: str, body: Any, by: Actor) -> Task:
    """Hand an appeal in: `name` is the restriction's id, or that of its task. Gives the task of who hears it.

    Raises UnknownTaskError, PayloadError for the body, SettledError with why it is not heard (too late, or a second
    time), and StoreError. Then nothing of it was kept.
    """
    reason = read_reason(body)
    task, outcome = pipeline.store.transact(lambda to: _appeal(to, pipeline, tenant, name, reason, by))
    pipeline.count(outcome)
    pipeline.tell(outcome)
    return task


def _appeal(
    transaction: Connection, pipeline: Pipeline, tenant: str, name: str, reason: str, by: Actor
) -> tuple[Task, Outcome]:
    one = _restricted(transaction, tenant, name)
    identities.hold(transaction, tenant, one.customer)
    outcome = pipeline.join(transaction, _event(transaction, pipeline, tenant, one), tenant)
    after = restrictions.get(transaction, tenant, one.standing.id)
    task = tasks.get(transaction, tenant, after.standing.appeal) if after else None
    if task is None or one.standing.appeal:
        why = next((each["why"] for each in outcome.decision["withheld"]), "it was handed in already")
        raise SettledError(f"this appeal is not heard: {why}", one.standing.state)
    subject, state = subject_of_restriction(one.standing.id), {"state": one.standing.state}
    deed = audit.Deed(actor=by.name, did="appeal", subject=subject, reason=reason, before=state, after=state)
    audit.add(transaction, tenant, deed, pipeline.clock())
    return task, outcome


def _restricted(reader: Connection, tenant: str, name: str) -> Restricted:
    task = tasks.get(reader, tenant, name)
    wanted = restriction_of(task) if task else name
    one = restrictions.get(reader, tenant, wanted)
    if one is None:
        raise UnknownTaskError(f"there is no restriction `{name[:80]}`")
    return one


def _event(reader: Connection, pipeline: Pipeline, tenant: str, one: Restricted) -> dict[str, Any]:
    now = say_instant(pipeline.clock())
    own = {"id": f"{OURS}appeal:{one.standing.id}:{now}", "source": one.document["source"], "type": "appeal.made"}
    cause = events.document_of(reader, tenant, one.event)
    about = {**carried(cause, by_person=True), "appeal": {"restriction": one.standing.id}}
    return {**about, **own, "occurred_at": now}
