"""Keeps the locks on the owners of cases: each is a task, open until the case is over or a person lifts it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.model.decision import EXECUTE
from careengine.model.ownership import OVER, RESOLVED, TRANSFERRED
from careengine.model.value import parse_instant, say_instant
from careengine.pipeline.asking import LOCK, task_of
from careengine.pipeline.withdrawing import withdraw
from careengine.store import audit, locks, tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.model.ownership import LockOf
    from careengine.pipeline.effects import Decided
    from careengine.store.tasks import Task


def answer_lock(reader: Connection, tenant: str, asked: LockOf) -> Mapping[str, Any] | None:
    """See `LockOf`."""
    found = next(iter(tasks.about(reader, tenant, _subject(asked.source, asked.case))), None)
    if found is None:
        return None
    return {"policy": found.policy, "owner": found.document["owner"], "since": found.document["since"]}


def keep_locks(transaction: Connection, decided: Decided) -> None:
    """Note who took a locked case over, end the lock with the case, and lock what a decision locks."""
    case, made = decided.facts.fields.get("case.id"), [*filter(_locks, decided.answer["actions"])]
    over = decided.facts.event == RESOLVED or decided.facts.fields.get("case.status") in OVER
    if not isinstance(case, str) or not (made or over or decided.facts.event == TRANSFERRED):
        return
    subject = _subject(decided.interaction.source, case)
    locks.hold(transaction, locks.DECIDE, decided.tenant, subject)  # a case may be told of under two customers at once
    lock = next(iter(tasks.about(transaction, decided.tenant, subject)), None)
    if lock and over:
        told = {"by": audit.OURSELVES, "why": "the case is over", "of": "the case is over"}
        withdraw(transaction, decided.tenant, lock, decided.now, **told)
    elif lock:
        _taken_over(transaction, decided, lock)
    elif made and not over:
        _lock(transaction, decided, made[0], subject)


def _locks(action: Mapping[str, Any]) -> bool:
    return action["status"] == EXECUTE and bool(action["params"].get("lock_owner"))


def _lock(transaction: Connection, decided: Decided, action: Mapping[str, Any], subject: str) -> None:
    lead = action["params"]["lock_owner"]
    task = task_of(decided, LOCK, lead, action)
    about = {
        "asks": f"may the case be passed on again? {action['policies'][0]} locked its owner; {lead} may lift that",
        "owner": None,
        "since": say_instant(decided.facts.as_of),
    }
    document = {**task.document, **about}
    tasks.put(transaction, decided.tenant, replace(task, due_at=None, subject=subject, document=document))


def _taken_over(transaction: Connection, decided: Decided, lock: Task) -> None:
    """The first person who has it since then is its owner; that it came to their team is no answer yet."""
    owner, document = decided.facts.fields.get("case.owner"), lock.document
    queue, late = document["params"]["to"], decided.facts.as_of <= parse_instant(document["since"])
    if late or document["owner"] is not None or not isinstance(owner, str) or owner == queue:
        return
    asks = f"may the case be passed on again? {lock.policy} locked {owner} as its owner; {lock.role} may lift that"
    kept = {"role": lock.role, "due_at": None, "document": {**document, "owner": owner, "asks": asks}}
    tasks.move(transaction, decided.tenant, lock.id, **kept, now=decided.now)  # type: ignore[arg-type]


def _subject(source: str, case: str) -> str:
    return f"{LOCK}:{source}:{case}"
