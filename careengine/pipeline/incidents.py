"""Reports of conduct as tasks: somebody is always asked to judge one, whatever the rules say of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.model.due_event import OURS
from careengine.model.history import CONFIRMED, EVIDENCE, same_employee, why_unconfirmed
from careengine.model.value import say_instant
from careengine.pipeline.asking import (
    INCIDENT,
    INCIDENT_REPORTED,
    employee_of,
    incident_of,
    parties,
    subject_of_incident,
)
from careengine.store import audit, identities, outbox, tasks
from careengine.store.tasks import Task, subject_of_task, task_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.model.value import Value
    from careengine.pipeline.arrival import Arrival
    from careengine.pipeline.effects import Decided

WITHIN = timedelta(days=1)  # what whoever judges a report gets where no policy says it
REJECTED = "incident.rejected"
_REPORTED = ("reporter", "target")


def keep_incidents(transaction: Connection, decided: Decided) -> None:
    """Ask for a judgement where no policy does, and close the question when a CRM tells of one."""
    event, about = decided.interaction, (subject_of_incident(decided), decided.interaction.customer)
    if event.type == INCIDENT_REPORTED and not _is_reviewed(decided):
        if not asked_about(transaction, decided.tenant, *about, is_open=False):
            tasks.put(transaction, decided.tenant, _task(decided))
    # Whoever judges it here is just about to settle the task themselves.
    elif event.type in (CONFIRMED, REJECTED) and not event.id.startswith(OURS) and not _unconfirmed(decided):
        for task in asked_about(transaction, decided.tenant, *about):
            _close(transaction, decided, task)


def asked_about(
    reader: Connection, tenant: str, subject: str, customer: str | None, *, is_open: bool = True
) -> list[Task]:
    """What is asked about an incident of a person, under whichever of their ids; another's is another."""
    ids = (None,) if customer is None else identities.ids_of(reader, tenant, customer)
    return [task for task in tasks.about(reader, tenant, subject, is_open=is_open) if task.customer in ids]


def parties_reported(reader: Connection, arrival: Arrival) -> Mapping[str, Value]:
    """Of an event that confirms an incident: who reported it and whom it met, by field, as the kept report has them.

    Whoever confirms it may leave them out, or name others.
    """
    event, incident = arrival.interaction, arrival.interaction.fields.get("incident.id")
    if event.type != CONFIRMED or incident is None:
        return {}
    subject = f"{INCIDENT}:{event.source}:{incident}"
    asked = asked_about(reader, arrival.tenant, subject, event.customer, is_open=False)
    told = asked[0].document.get("incident", {}) if asked else {}
    return {f"incident.{name}": told[name] for name in _REPORTED if name in told}


def _is_reviewed(decided: Decided) -> bool:
    """Whether the report came with the name of somebody else who looked at it: what they found is another event."""
    fields = decided.facts.fields
    reviewer = fields.get("incident.reviewer")
    had_part = (same_employee(reviewer, fields.get(f"incident.{name}")) for name in _REPORTED)
    return reviewer is not None and not any(had_part)


def _unconfirmed(decided: Decided) -> str:
    return why_unconfirmed(decided.facts.fields, evidence=bool(decided.facts.fields.get(EVIDENCE)))


def _task(decided: Decided) -> Task:
    """Whether the same report was judged before is known by its id: it is not asked about again."""
    event, subject, told = decided.interaction, subject_of_incident(decided), incident_of(decided)
    case = decided.facts.fields.get("case.id")
    return Task(
        id=task_id(decided.tenant, subject, event.customer),
        kind=INCIDENT,
        role=decided.incident_reviewer,
        policy="",
        opened_at=decided.now,
        changed_at=decided.now,
        due_at=decided.now + WITHIN,
        event=decided.event,
        customer=event.customer,
        source=event.source,
        target=f"case:{case}" if case else "",
        subject=subject,
        employee=employee_of(decided),
        document={
            "asks": f"{decided.incident_reviewer} judges a report of {told.get('category', 'conduct')} ({told['id']})",
            "because": "it was reported, and no policy says who judges it",
            "decision": decided.decision.id,
            "not_by": parties(decided),
            "incident": told,
        },
    )


def _close(transaction: Connection, decided: Decided, task: Task) -> None:
    confirmed = decided.interaction.type == CONFIRMED
    outcome, state = ("confirm", "confirmed") if confirmed else ("reject", "rejected")
    why = f"told by the event {decided.interaction.id}"
    said = {"by": f"source:{task.source}", "outcome": outcome, "at": say_instant(decided.now), "reason": why}
    if tasks.settle(transaction, decided.tenant, task.id, state, {**task.document, "decided": said}, decided.now):
        outbox.refused(transaction, decided.tenant, str(task.document.get("action", "")), why, decided.now)
        before, after = {"state": task.state, "role": task.role}, {"state": state, "role": task.role}
        deed = {"actor": said["by"], "did": outcome, "subject": subject_of_task(task.id), "reason": why}
        audit.add(transaction, decided.tenant, audit.Deed(**deed, before=before, after=after), decided.now)
