"""The end of a restriction: its times go, what waits for it is dropped, and nobody is asked about it any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine.model.restrictions import ENDED, EXPIRY, START
from careengine.pipeline.asking import MEASURE, RESTRICTION
from careengine.pipeline.withdrawing import withdraw
from careengine.store import audit, outbox, restrictions, tasks, timers
from careengine.store.restrictions import subject_of_restriction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.store.restrictions import Restricted
    from careengine.store.tasks import Task


def timer_of(name: str, step: str) -> str:
    """The id of a restriction's timer."""
    return f"restriction:{name}:{step}"


def restriction_of(task: Task) -> str:
    """The id of the restriction that a task is about; empty where it is about none."""
    about = task.document.get("restriction") or (task.document.get("action") if task.kind == RESTRICTION else "")
    return str(about or "")


def tasks_of(reader: Connection, tenant: str, one: Restricted) -> Iterator[Task]:
    """What people were and are asked about a restriction: whether to impose it, and whether it is still needed."""
    for task in tasks.of_event(reader, tenant, one.event):
        if task.kind in (RESTRICTION, MEASURE) and restriction_of(task) == one.standing.id:
            yield task


def end(
    transaction: Connection, tenant: str, one: Restricted, why: str, now: datetime, answering: str = ""
) -> Restricted:
    """It is over, or is not asked about any more. `answering` is the task whose answer ends it, and settles itself."""
    name = one.standing.id
    for step in (START, EXPIRY):
        timers.cancel(transaction, tenant, timer_of(name, step))
    outbox.refused(transaction, tenant, name, why, now)
    outbox.overtaken(transaction, tenant, name, why, now)  # tried again after the lift, it would restrict for good
    for task in tasks_of(transaction, tenant, one):
        if task.id != answering:
            withdraw(transaction, tenant, task, now, by=audit.OURSELVES, why=why, of=why)
    standing = replace(one.standing, state=ENDED, ended_at=now)
    ended = restrictions.change(transaction, tenant, one, now, standing=standing, ended=why)
    told = {"before": {"state": one.standing.state_at(now)}, "after": {"state": ENDED}}
    deed = audit.Deed(actor=audit.OURSELVES, did="end", subject=subject_of_restriction(name), reason=why, **told)
    audit.add(transaction, tenant, deed, now)
    return ended
