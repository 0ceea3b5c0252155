"""Offers that are open for a time: a timer makes them run out, unless the customer or a person settled them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.messages.params import stands_until
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE
from careengine.model.due_event import event_at
from careengine.model.value import parse_said_duration, say_instant
from careengine.pipeline.asking import subject_of
from careengine.pipeline.usage import is_their_own
from careengine.store import audit, decisions, outbox, tasks, timers
from careengine.store.removal import subject_of_action
from careengine.store.states import DROPPED, WAITING
from careengine.store.tasks import EXPIRED, OPEN, Task, subject_of_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.pipeline.effects import Decided

EXPIRED_EVENT = "offer.expired"
_ENDS = ("offer.accepted", "offer.declined", EXPIRED_EVENT, "offer.reversed")
_WHY = "nobody answered before the offer ran out"


def keep_offers(transaction: Connection, decided: Decided) -> None:
    """Set the time at which each new offer runs out; what ends one takes the timer away, and the question with it."""
    for action in decided.answer["actions"]:
        if _runs_out(action):
            _set_timer(transaction, decided, action)
    offer = decided.interaction.fields.get("offer.id")
    if decided.interaction.type in _ENDS and isinstance(offer, str) and _is_theirs(transaction, decided, offer):
        timers.cancel(transaction, decided.tenant, timers.of_offer(offer))
        if decided.interaction.type == EXPIRED_EVENT:
            _close(transaction, decided, offer)


def _runs_out(action: Mapping[str, Any]) -> bool:
    """What is owed does not lapse because nobody of ours has answered yet."""
    if action["type"] != "offer" or not action["params"].get("expires"):
        return False
    owed = action["params"]["family"] == "entitlement"
    return action["status"] == EXECUTE or (action["status"] == AWAIT_APPROVAL and not owed)


def _is_theirs(reader: Connection, decided: Decided, offer: str) -> bool:
    """What anybody else tells of an offer changes nothing."""
    action = outbox.get(reader, decided.tenant, offer)
    made = None if action is None else decisions.get(reader, decided.tenant, action.decision)
    return made is not None and is_their_own(reader, decided, made.source, made.event.get("customer", {}).get("id"))


def _set_timer(transaction: Connection, decided: Decided, action: Mapping[str, Any]) -> None:
    until = stands_until(decided.facts.as_of, parse_said_duration(action["params"]["expires"]))
    if until is None:
        return
    timer_id, about = timers.of_offer(action["id"]), {"id": action["id"], "family": action["params"]["family"]}
    event = {**event_at(decided.interaction.document, timer_id, until, EXPIRED_EVENT), "offer": about}
    try_at = timers.settled(until, decided.now)
    timers.put(transaction, decided.tenant, timer_id, until, decided.event, event, try_at)


def _close(transaction: Connection, decided: Decided, offer: str) -> None:
    """Nobody can say yes to it any more, and the action that waits for that is off."""
    asked = tasks.about(transaction, decided.tenant, subject_of(offer))
    for task in asked:
        _expire(transaction, decided, task)
    if asked and outbox.refused(transaction, decided.tenant, offer, _WHY, decided.now):
        _note(transaction, decided, subject_of_action(offer), {"state": WAITING}, {"state": DROPPED})


def _expire(transaction: Connection, decided: Decided, task: Task) -> None:
    how = {"by": audit.OURSELVES, "outcome": "expire", "at": say_instant(decided.now), "reason": _WHY}
    document = {**task.document, "decided": how}
    timers.cancel(transaction, decided.tenant, timers.of_task(task.id))
    if tasks.settle(transaction, decided.tenant, task.id, EXPIRED, document, decided.now):
        before, after = {"state": OPEN, "role": task.role}, {"state": EXPIRED, "role": task.role}
        _note(transaction, decided, subject_of_task(task.id), before, after)


def _note(
    transaction: Connection, decided: Decided, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    deed = audit.Deed(actor=audit.OURSELVES, did="expire", subject=subject, reason=_WHY, before=before, after=after)
    audit.add(transaction, decided.tenant, deed, decided.now)
