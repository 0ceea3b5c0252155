"""Promises as tasks: open until somebody says that they are kept, here or in the CRM."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from careengine.model.due_event import OURS
from careengine.model.value import parse_instant, say_instant
from careengine.store import locks, tasks
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from careengine.pipeline.effects import Decided

PROMISE, KEPT = "promise", "kept"
FRONTLINE = "agent"  # who keeps it, where the event does not say in which role the promise was made
_AS_OF, _DECIDED = "as_of", "decided"


def keep_promises(transaction: Connection, decided: Decided) -> None:
    """Open a task for a promise that is made, move it with its time, and close it when the CRM tells that it is kept.

    Events may come out of their order: that it was kept closes only what was made before, and is remembered where
    nobody has told yet that it was made. A promise goes by its id in its CRM, whichever id of the customer it is told
    of.
    """
    promise = decided.facts.fields.get("promise.id")
    if not isinstance(promise, str) or decided.interaction.type not in ("promise.made", "promise.kept"):
        return
    subject = f"{PROMISE}:{decided.interaction.source}:{promise}"
    locks.hold(transaction, locks.DECIDE, decided.tenant, subject)  # it may be told of under two ids at once
    found = tasks.about(transaction, decided.tenant, subject)
    # Whoever says it here is just about to settle the task themselves.
    told = [task for task in found if not decided.interaction.id.startswith(f"{OURS}{task.id}:")]
    if decided.interaction.type == "promise.kept":
        for task in told:
            _close(transaction, decided, task)
        if not found and not _kept_since(transaction, decided, subject):
            kept = _task(decided, promise, subject)
            document = {**kept.document, _DECIDED: _told_kept(decided)}
            tasks.put(transaction, decided.tenant, replace(kept, state=KEPT, document=document))
    elif told:
        _move(transaction, decided, told[0])
    elif not _kept_since(transaction, decided, subject):
        tasks.put(transaction, decided.tenant, _task(decided, promise, subject))


def _kept_since(reader: Connection, decided: Decided, subject: str) -> bool:
    """Whether the promise is known to be kept at the instant of the event, or later."""
    known = [task for task in tasks.about(reader, decided.tenant, subject, is_open=False) if task.state == KEPT]
    when = [task.document[_DECIDED].get("of") or task.document[_DECIDED]["at"] for task in known]
    return any(parse_instant(each) >= decided.facts.as_of for each in when)


def _task(decided: Decided, promise: str, subject: str) -> Task:
    fields, source = decided.facts.fields, decided.interaction.source
    owner, role, case = (fields.get(path) for path in ("promise.owner", "employee.role", "case.id"))
    due_at = _due_at(decided)
    return Task(
        id=task_id(decided.tenant, subject, decided.event),
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
        subject=subject,
        employee=owner if isinstance(owner, str) else None,
        document={
            "asks": _asks(promise, owner, due_at),
            "because": "it was promised",
            "decision": decided.decision.id,
            "promise": promise,
            "owner": owner,
            _AS_OF: say_instant(decided.facts.as_of),
        },
    )


def _due_at(decided: Decided) -> datetime | None:
    due = decided.facts.fields.get("promise.due_at")
    return due if isinstance(due, datetime) else None


def _asks(promise: str, owner: object, due_at: datetime | None) -> str:
    who = f" by {owner}" if owner else ""
    return f"keep the promise {promise}{who}{f' until {say_instant(due_at)}' if due_at else ''}"


def _move(transaction: Connection, decided: Decided, task: Task) -> None:
    """The CRM tells of another time; what is older than what it told last, and late, changes nothing."""
    due_at, as_of = _due_at(decided), decided.facts.as_of
    if due_at is None or due_at == task.due_at or as_of < parse_instant(task.document[_AS_OF]):
        return
    asks = _asks(task.document["promise"], task.document["owner"], due_at)
    document = {**task.document, "asks": asks, _AS_OF: say_instant(as_of)}
    kept = {"role": task.role, "due_at": due_at, "document": document, "now": decided.now}
    tasks.move(transaction, decided.tenant, task.id, **kept)  # type: ignore[arg-type]


def _close(transaction: Connection, decided: Decided, task: Task) -> None:
    """What is told of before it was made anew closes nothing."""
    if decided.facts.as_of < parse_instant(task.document[_AS_OF]):
        return
    document = {**task.document, _DECIDED: _told_kept(decided)}
    tasks.settle(transaction, decided.tenant, task.id, KEPT, document, decided.now)


def _told_kept(decided: Decided) -> dict[str, str]:
    """As a person's decision is kept; `of` is when it was kept, by the CRM."""
    return {
        "by": f"source:{decided.interaction.source}",
        "outcome": "keep",
        "at": say_instant(decided.now),
        "of": say_instant(decided.facts.as_of),
        "reason": f"told by the event {decided.interaction.id}",
    }
