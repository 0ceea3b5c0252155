"""A restriction that is in force: a person looks at it again when that is due, and may lift it at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.restrictions import IN_FORCE
from careengine.model.value import parse_said_duration, say_instant
from careengine.people.kind import Choice, Kind
from careengine.people.writing import write
from careengine.store import restrictions, tasks
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted

NAME = "measure"


def open_measure(deciding: Deciding, one: Restricted) -> None:
    """Ask for the next look, where the policy says that there is one before the end; it can be lifted before, too."""
    standing, number = one.standing, one.document.get("looks", 0) + 1
    step = standing.step.replace("_", " ")
    name = task_id(deciding.tenant, NAME, standing.id, number)
    task = Task(
        id=name,
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
        document={
            "asks": f"is the {step} still needed, which ends at {say_instant(standing.end) if standing.end else ''}",
            "because": "a restriction is in force",
            "decision": one.document["decision"],
            "restriction": standing.id,
            "not_by": one.document["parties"],
        },
    )
    tasks.put(deciding.transaction, deciding.tenant, task)
    restrictions.change(
        deciding.transaction, deciding.tenant, one, deciding.now, standing=standing, looks=number, measure=name
    )


def _due(one: Restricted, now: datetime) -> datetime | None:
    every = one.document["params"].get("review_every")
    due = now + parse_said_duration(every) if every else None
    return due if due and one.standing.end and due < one.standing.end else None


def lift(deciding: Deciding, one: Restricted, why: str) -> None:
    """End a restriction now, in the CRM too."""
    ended = restrictions.end(deciding.transaction, deciding.tenant, one, why, deciding.now)
    write(deciding, ended, "lift", f"lift the {ended.standing.step.replace('_', ' ')}: {why}", why=why)


def _one(deciding: Deciding) -> Restricted | None:
    one = restrictions.get(deciding.transaction, deciding.tenant, deciding.task.document["restriction"])
    return one if one and one.standing.state == IN_FORCE else None


def _keep(deciding: Deciding) -> None:
    if one := _one(deciding):
        open_measure(deciding, one)


def _lift(deciding: Deciding) -> None:
    if one := _one(deciding):
        # The task at hand is settled by the answer itself.
        lift(deciding, restrictions.without_measure(one), "a person lifted it early")


MEASURE = Kind(
    name=NAME,
    names="measures",
    says="A restriction that is in force. A person looks at it again when that is due, and may lift it at any time.",
    choices=(
        Choice(name="keep", state="kept", says="it stays, until the next look or its end", follows=_keep),
        Choice(name="lift", state="lifted", says="it ends now", follows=_lift),
    ),
)
