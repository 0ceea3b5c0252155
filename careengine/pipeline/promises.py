"""Promises as tasks: open until somebody says that they are kept, here or in the CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.due_event import OURS
from careengine.model.value import say_instant
from careengine.store import tasks
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.pipeline.effects import Decided

PROMISE, KEPT = "promise", "kept"
FRONTLINE = "agent"  # who keeps it, where the event does not say in which role the promise was made
_AT_MOST = 1000  # open promises that are looked through


def keep_promises(transaction: Connection, decided: Decided) -> None:
    """Open a task for a promise that is made, and close it when the CRM tells that it is kept."""
    promise = decided.facts.fields.get("promise.id")
    if not isinstance(promise, str):
        return
    if decided.interaction.type == "promise.kept":
        _close(transaction, decided, promise)
    elif decided.interaction.type == "promise.made":
        tasks.put(transaction, decided.tenant, _task(decided, promise))


def _task(decided: Decided, promise: str) -> Task:
    fields, source = decided.facts.fields, decided.interaction.source
    owner, role, case = (fields.get(path) for path in ("promise.owner", "employee.role", "case.id"))
    due = fields.get("promise.due_at")
    due_at: datetime | None = due if due is not None and not isinstance(due, str) else None  # type: ignore[assignment]
    who = f" by {owner}" if owner else ""
    return Task(
        id=task_id(decided.tenant, PROMISE, source, promise, due_at),
        kind=PROMISE,
        role=role if isinstance(role, str) else FRONTLINE,
        policy="",
        opened_at=decided.now,
        changed_at=decided.now,
        due_at=due_at,
        event=decided.event,
        customer=decided.interaction.customer,
        source=source,
        target=f"case:{case}" if case else "",
        document={
            "asks": f"keep the promise {promise}{who}{f' until {say_instant(due_at)}' if due_at else ''}",
            "because": "it was promised",
            "decision": decided.decision.id,
            "promise": promise,
            "owner": owner,
        },
    )


def _close(transaction: Connection, decided: Decided, promise: str) -> None:
    """Nobody need say it once more; whoever says it here is just about to close the task themselves."""
    customer, event = decided.interaction.customer, decided.interaction.id
    for task in tasks.page(transaction, decided.tenant, _AT_MOST, kind=PROMISE, customer=customer):
        same = task.source == decided.interaction.source and task.document["promise"] == promise
        if same and not event.startswith(f"{OURS}{task.id}:"):
            decided_by = {"by": f"source:{task.source}", "outcome": "keep", "at": say_instant(decided.now)}
            document = {**task.document, "decided": {**decided_by, "reason": f"told by the event {event}"}}
            tasks.settle(transaction, decided.tenant, task.id, KEPT, document, decided.now)
