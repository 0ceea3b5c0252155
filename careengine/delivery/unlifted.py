"""What a CRM would not take of a restriction: nobody stays restricted there unseen when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.model.restrictions import ENDED
from careengine.store import outbox, restrictions, tasks
from careengine.store.outbox import RESTRICT
from careengine.store.states import PARKED
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.store.outbox import StoredAction
    from careengine.store.restrictions import Restricted

LIFT, REVIEW = "lift", "review"
WITHIN = timedelta(days=1)
_OVER = "the restriction is over"


def left_over(transaction: Connection, sent: StoredAction, now: datetime) -> None:
    """What follows when an action was parked: of a restriction that is over, it is dropped, or its lift is asked about.

    Whoever decides on the restriction is asked to see to it that the CRM restricts nobody any more.
    """
    one = restrictions.get(transaction, sent.tenant, str(sent.action.params.get("restriction", sent.action.id)))
    if one is None or sent.action.type not in (RESTRICT, LIFT) or one.standing.state != ENDED:
        return
    if sent.action.type == RESTRICT:
        outbox.overtaken(transaction, sent.tenant, one.standing.id, _OVER, now)
    elif _is_parked(transaction, sent) and not tasks.about(transaction, sent.tenant, _subject(sent)):
        tasks.put(transaction, sent.tenant, _task(sent, one, now))


def _is_parked(transaction: Connection, sent: StoredAction) -> bool:
    """Not when another program has claimed it meanwhile."""
    found = outbox.get(transaction, sent.tenant, sent.action.id)
    return found is not None and found.state == PARKED


def _subject(sent: StoredAction) -> str:
    return f"unlifted:{sent.action.id}"


def _task(sent: StoredAction, one: Restricted, now: datetime) -> Task:
    step = one.standing.step.replace("_", " ")
    return Task(
        id=task_id(sent.tenant, LIFT, sent.action.id, now.isoformat()),
        kind=REVIEW,
        role=one.standing.to,
        policy=one.standing.policy,
        opened_at=now,
        changed_at=now,
        due_at=now + WITHIN,
        event=one.event,
        customer=one.customer,
        source=sent.adapter,
        target=sent.action.target,
        subject=_subject(sent),
        document={
            "asks": f"the {step} is over, and the CRM could not be told: lift it there, or have the lift tried again",
            "because": "the lift of a restriction is parked",
            "decision": sent.decision,
            "restriction": one.standing.id,
            "parked": sent.action.id,
        },
    )
