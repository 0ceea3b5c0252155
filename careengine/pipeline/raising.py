"""When nobody answers in time, the next role is asked: by a timer for each step of the authority that asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from careengine.decide.authority import step_for
from careengine.decide.terms import due_at
from careengine.model.authority import Authority
from careengine.model.due_event import CLOCK_DUE
from careengine.model.policy import AUTHORITY, LIVE
from careengine.model.value import Money, say_instant
from careengine.pipeline.timing import set_timer
from careengine.store import audit, tasks, timers
from careengine.store.tasks import OPEN, subject_of_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.policy import Policy, PolicySet
    from careengine.model.waiting import Asked
    from careengine.pipeline.effects import Decided
    from careengine.store.tasks import Task

TASK = "task"  # the kind of clock that runs for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A step of an authority to which a task goes: the policy and the number of the step, from 0."""

    policy: Policy
    number: int

    @property
    def authority(self) -> Authority:
        """What the policy says."""
        return self.policy.outcome  # type: ignore[return-value]  # only such policies are given


def first_rise(policies: PolicySet, asked_by: list[str], role: str) -> Rise | None:
    """The step at which one of these policies asks a role; None when no authority does."""
    for name in asked_by:
        policy = policies.get(name)
        if policy is not None and isinstance(policy.outcome, Authority):
            numbers = [number for number, step in enumerate(policy.outcome.above) if step.ask == role]
            if numbers:
                return Rise(policy=policy, number=numbers[0])
    return None


def next_rise(policies: PolicySet, task: Task, amount: Money | None) -> Rise | None:
    """The step above the one that is asked, whose role may give the amount; None when there is none above."""
    asked_by = task.document.get("asked_by", ())
    at = first_rise(policies, list(asked_by), task.role)
    if at is not None and (above := _above(policies, at, amount)):
        return above
    # The rule itself named who approves, or whoever asked names nobody above: their own authority does.
    rises = [Rise(policy=one, number=-1) for one in policies.of_kind(AUTHORITY) if one.status == LIVE]
    own = [rise for rise in rises if rise.authority.role == task.role]
    fitting = [rise for rise in own if amount is not None and rise.authority.currency == amount.currency]
    return _above(policies, (fitting or own)[0], amount) if own else None


def _above(policies: PolicySet, at: Rise, amount: Money | None) -> Rise | None:
    if at.number + 1 >= len(at.authority.above):
        return None
    return replace(at, number=step_for(policies, at.authority, amount, at.number + 1))


def timed(task: Task, rise: Rise, policies: PolicySet, now: datetime) -> Task:
    """The task as the step asks it: its role, by when, and who asks."""
    step = rise.authority.above[rise.number]
    due = due_at(now, step.within, step.calendar, policies) if step.within else None
    asked_by = dict.fromkeys([*task.document.get("asked_by", ()), rise.policy.id])
    return replace(task, role=step.ask, due_at=due, document={**task.document, "asked_by": list(asked_by)})


def raise_later(
    transaction: Connection, tenant: str, task: Task, policies: PolicySet, event: int, cause: Mapping[str, Any]
) -> None:
    """Have the next role asked when the time of a task is over; nothing, when there is no time or nobody above."""
    timer = timers.of_task(task.id)
    timers.cancel(transaction, tenant, timer)
    rise = next_rise(policies, task, amount_of(task)) if task.document.get("asked_by") else None
    if task.due_at is None or rise is None:
        return
    about = {"kind": TASK, "policy": rise.policy.id, "step": str(rise.number), "subject": task.id}
    set_timer(transaction, tenant, timer, task.due_at, event=event, cause=cause, about=about)


def amount_of(task: Task) -> Money | None:
    """The amount that a task is about."""
    amount = task.document.get("params", {}).get("amount")
    return Money.parse(amount) if amount else None


def answer_asked(reader: Connection, tenant: str, asked: Asked) -> Mapping[str, Any] | None:
    """How a task stands; None where there is none."""
    task = tasks.get(reader, tenant, asked.task)
    return None if task is None else {"state": task.state, "role": task.role}


def raise_tasks(transaction: Connection, decided: Decided) -> None:
    """The time of a task is over: the next role is asked, unless somebody answered."""
    fields = decided.facts.fields
    if decided.interaction.type != CLOCK_DUE or fields.get("clock.kind") != TASK:
        return
    name = str(fields.get("clock.subject"))
    task = tasks.get(transaction, decided.tenant, name)
    rise = None if task is None or task.state != OPEN else next_rise(decided.policies, task, amount_of(task))
    if task is None or rise is None or task.due_at is None or task.due_at > decided.now:
        return
    raised = timed(task, rise, decided.policies, decided.now)
    kept = {"role": raised.role, "due_at": raised.due_at, "document": raised.document}
    if tasks.move(transaction, decided.tenant, name, **kept, now=decided.now):  # type: ignore[arg-type]
        _note(transaction, decided, task, raised)
        raise_later(transaction, decided.tenant, raised, decided.policies, decided.event, decided.interaction.document)


def _note(transaction: Connection, decided: Decided, task: Task, raised: Task) -> None:
    due = say_instant(task.due_at) if task.due_at else ""
    deed = audit.Deed(
        actor=audit.OURSELVES,
        did="ask the next",
        subject=subject_of_task(task.id),
        reason=f"nobody answered by {due}",
        before={"state": OPEN, "role": task.role},
        after={"state": OPEN, "role": raised.role},
    )
    audit.add(transaction, decided.tenant, deed, decided.now)
