"""Takes a question back that nobody needs to decide any more: the one way in which a task is withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.store import audit, tasks, timers
from careengine.store.tasks import WITHDRAWN, subject_of_task

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.store.tasks import Task


def withdraw(transaction: Connection, tenant: str, task: Task, now: datetime, *, by: str, why: str, of: str) -> None:
    """Withdraw a task, unless it is settled already.

    `by` did it for the reason `why`, as the audit tells; `of` is what it was withdrawn for, as the task keeps it.
    """
    if tasks.settle(transaction, tenant, task.id, WITHDRAWN, {**task.document, "withdrawn_for": of}, now):
        timers.cancel(transaction, tenant, timers.of_task(task.id))
        told = {"before": {"state": task.state}, "after": {"state": WITHDRAWN}}
        deed = audit.Deed(actor=by, did="withdraw", subject=subject_of_task(task.id), reason=why, **told)
        audit.add(transaction, tenant, deed, now)
