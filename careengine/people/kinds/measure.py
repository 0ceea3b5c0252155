"""A restriction that was imposed: a person looks at it again when that is due, and may lift it at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.restrictions import IMPOSED
from careengine.model.value import parse_said_duration, say_instant
from careengine.people.kind import Choice, Kind
from careengine.people.writing import write
from careengine.pipeline.asking import MEASURE as NAME
from careengine.pipeline.ending import end, tasks_of
from careengine.store import restrictions, tasks
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted


def open_measure(deciding: Deciding, one: Restricted) -> None:
    """Ask for the next look, where the policy says that there is one before the end; it can be lifted before, too."""
    standing, step = one.standing, one.standing.step.replace("_", " ")
    looks = [task for task in tasks_of(deciding.transaction, deciding.tenant, one) if task.kind == NAME]
    times = f"begins at {_said(standing.start)} and ends at {_said(standing.end)}"
    task = Task(
        id=task_id(deciding.tenant, NAME, standing.id, len(looks) + 1),
        kind=NAME,
        role=standing.to,
        policy=standing.policy,
        opened_at=deciding.now,
        changed_at=deciding.now,
        due_at=_due(one, deciding.now),
        event=one.event,
        customer=one.customer,
        source=one.document["source"],
        target=one.document["target"],
        employee=deciding.task.employee,
        document={
            "asks": f"is the {step} still needed, which {times}",
            "because": "a restriction was imposed",
            "decision": one.document["decision"],
            "restriction": standing.id,
            "not_by": one.document["parties"],
        },
    )
    tasks.put(deciding.transaction, deciding.tenant, task)


def _said(at: datetime | None) -> str:
    return say_instant(at) if at else "no set time"


def _due(one: Restricted, now: datetime) -> datetime | None:
    every = one.document["params"].get("review_every")
    first = max(now, one.standing.start or now)
    due = first + parse_said_duration(every) if every else None
    return due if due and one.standing.end and due < one.standing.end else None


def lift(deciding: Deciding, one: Restricted, why: str, answering: str = "") -> None:
    """End a restriction now, in the CRM too."""
    ended = end(deciding.transaction, deciding.tenant, one, why, deciding.now, answering)
    write(deciding, ended, "lift", f"lift the {ended.standing.step.replace('_', ' ')}: {why}", why=why)


def _one(deciding: Deciding) -> Restricted | None:
    one = restrictions.get(deciding.transaction, deciding.tenant, deciding.task.document["restriction"])
    return one if one and one.standing.state == IMPOSED else None


def _keep(deciding: Deciding) -> None:
    if one := _one(deciding):
        open_measure(deciding, one)


def _lift(deciding: Deciding) -> None:
    if one := _one(deciding):
        lift(deciding, one, "a person lifted it early", deciding.task.id)


MEASURE = Kind(
    name=NAME,
    names="measures",
    says="A restriction that was imposed. A person looks at it again when that is due, and may lift it at any time.",
    choices=(
        Choice(name="keep", state="kept", says="it stays, until the next look or its end", follows=_keep),
        Choice(name="lift", state="lifted", says="it ends now", follows=_lift),
    ),
)
