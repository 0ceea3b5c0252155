"""A task as people see it, on the service and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant
from careengine.people.kind import not_by

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from careengine.people.actor import Actor
    from careengine.people.kind import Kind
    from careengine.store.tasks import Task

_APART = ("asks", "because", "decision", "action", "params", "decided")


def told(task: Task, kind: Kind | None, now: datetime, by: Actor) -> dict[str, Any]:
    """A task as JSON, for this one. `about` is what only tasks of its kind have; `decided` is null while it is open.

    What was said or done to an employee is not for everybody: `evidence` is null for whoever neither fills the role nor
    had a part in it.
    """
    document = task.document if _is_theirs(task, by) else _without_evidence(task.document)
    about = {name: value for name, value in document.items() if name not in _APART}
    return {
        "id": task.id,
        "kind": task.kind,
        "state": task.state,
        "asks": document.get("asks", ""),
        "because": document.get("because", ""),
        "role": task.role,
        "policy": task.policy,
        "opened_at": say_instant(task.opened_at),
        "due_at": say_instant(task.due_at) if task.due_at else None,
        "overdue": task.overdue(now),
        "changed_at": say_instant(task.changed_at),
        "customer": task.customer,
        "employee": task.employee,
        "source": task.source,
        "target": task.target,
        "decision": document.get("decision"),
        "action": document.get("action"),
        "params": document.get("params", {}),
        "about": about,
        "outcomes": [choice.name for choice in kind.choices] if kind else [],
        "decided": document.get("decided"),
    }


def _is_theirs(task: Task, by: Actor) -> bool:
    decided = task.document.get("decided") or {}
    return by.fills(task.role) or by.is_one_of([*not_by(task), str(decided.get("by", ""))])


def _without_evidence(document: Mapping[str, Any]) -> dict[str, Any]:
    hidden: dict[str, Any] = {"evidence": None} if "evidence" in document else {}
    decided = document.get("decided") or {}
    if "evidence" in decided:
        hidden["decided"] = {**decided, "evidence": None}
    return {**document, **hidden}
