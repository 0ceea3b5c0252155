"""A task as people see it, on the service and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.people.kind import Kind
    from careengine.store.tasks import Task

_APART = ("asks", "because", "decision", "action", "params", "decided")


def told(task: Task, kind: Kind | None, now: datetime) -> dict[str, Any]:
    """A task as JSON. `about` is what only tasks of its kind have; `decided` is null while it is open."""
    document = task.document
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
