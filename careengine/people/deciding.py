"""One answer of a person while its transaction is open: what the consequences of every kind of task work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.model.due_event import OURS, carried
from careengine.model.history import Entry
from careengine.model.value import Money, say_instant
from careengine.people.room import own_room, take
from careengine.pipeline.raising import next_rise, raise_later, timed
from careengine.pipeline.withdrawing import withdraw
from careengine.store import audit, events, history, outbox, reservations, timers
from careengine.store.removal import subject_of_action

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.people.actor import Actor
    from careengine.people.kind import Choice
    from careengine.pipeline import Outcome, Pipeline
    from careengine.store.tasks import Task

# What was decided on: it is told again as it was told first.
_DECIDED_ON = ("failure", "incident", "employee", "offer")


@dataclass(slots=True, kw_only=True)
class Deciding:
    """An answer and its transaction. `given` is what came with it beside the reason; `made` are decisions on the way.

    `also` is kept with the task, beside who decided what and when. `beyond` are the limits and budgets (policy and
    scope) that have no room for what is given all the same.
    """

    transaction: Connection
    tenant: str
    task: Task
    choice: Choice
    given: Mapping[str, Any]
    reason: str
    by: Actor
    now: datetime
    pipeline: Pipeline
    even_though: bool = False
    also: dict[str, Any] = field(default_factory=dict)
    made: list[Outcome] = field(default_factory=list)
    moved: Task | None = None
    beyond: Collection[tuple[str, str]] = ()

    @property
    def action(self) -> str | None:
        """The id of the action that waits for the answer."""
        found: str | None = self.task.document.get("action")
        return found

    def told(self) -> dict[str, Any]:
        """What the audit keeps of the answer beside the reason: plain values, and of words that they were given."""
        takes = self.choice.takes
        plain = {name: value for name, value in self.given.items() if takes[name].plain}
        words = {"given": names} if (names := [name for name in self.given if name not in plain]) else {}
        return {**plain, **words, **dict.fromkeys(self.also, True)}

    def do(self, **params: Any) -> bool:
        """Let the waiting action happen, with these parameters in place of its own; False when it does not wait."""
        deliverable = self.pipeline.deliverable.get(self.task.source, ())
        why = f"{self.choice.state} by a person"
        action = self.action or ""
        done = outbox.agreed(self.transaction, self.tenant, action, deliverable, why, self.now, params)
        if done:
            amount = params.get("amount")
            granted = Money.parse(amount) if amount else None
            reservations.approve(self.transaction, self.tenant, action, self.now, granted, self.beyond)
            if self.task.document["type"] not in deliverable:  # what nobody delivers is given with the yes
                reservations.spend(self.transaction, self.tenant, action)
        return self._noted(action, "due", done)

    def let_be(self) -> bool:
        """Drop the waiting action; False when it does not wait."""
        action = self.action or ""
        done = outbox.refused(self.transaction, self.tenant, action, f"{self.choice.state} by a person", self.now)
        if done:
            reservations.release(self.transaction, self.tenant, action)
            timers.cancel(self.transaction, self.tenant, timers.of_offer(action))
        return self._noted(action, "dropped", done)

    def let_go(self) -> None:
        """Give back what the waiting action reserved of limits, budgets and authority."""
        reservations.release(self.transaction, self.tenant, self.action or "")

    def _noted(self, action: str, state: str, done: bool) -> bool:  # noqa: FBT001  it is passed on
        if done:
            self.note(subject_of_action(action), self.choice.name, {"state": "waiting"}, {"state": state})
        return done

    def note(self, subject: str, did: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Have the audit keep what became of something else by this answer."""
        deed = audit.Deed(actor=self.by.name, did=did, subject=subject, reason=self.reason, before=before, after=after)
        audit.add(self.transaction, self.tenant, deed, self.now)

    def hand_on(self, amount: Money) -> bool:
        """Put it to the role above, when whoever decides may not give so much; False when they may.

        Then it is reserved of what they may give.
        """
        policies, rooms = self.pipeline.policies(), own_room(self, amount)
        rise = next_rise(policies, self.task, amount) if rooms is None else None
        if rise is None:
            take(self, rooms or [], amount)
            return False
        self.moved = timed(self.task, rise, policies, self.now)
        return True

    def withdraw(self, task: Task) -> None:
        """Nobody needs to decide another task any more."""
        told = {"by": self.by.name, "why": self.reason, "of": self.task.id}
        withdraw(self.transaction, self.tenant, task, self.now, **told)

    def happened(self, event: str, which: str = "", **about: Any) -> Outcome:
        """Tell the rules what was decided: an event of our own, decided and kept in this transaction.

        It is about what the task's event was about; `about` has blocks of the interaction schema to lay over that, such
        as `incident={"reviewer": …}`. Its id is the task's with the answer, so it happens once; `which` tells several
        apart.
        """
        cause = self._came_of()
        document = {**carried(cause, by_person=True), **{name: cause[name] for name in _DECIDED_ON if name in cause}}
        for name, block in about.items():
            document[name] = {**document.get(name, {}), **block} if isinstance(block, dict) else block
        own = {"id": f"{OURS}{self.task.id}:{self.choice.name}:{event}{which}", "type": event}
        document |= {**own, "source": self.task.source, "occurred_at": say_instant(self.now)}
        outcome = self.pipeline.join(self.transaction, document, self.tenant)
        self.made.append(outcome)
        return outcome

    def raise_later(self, task: Task) -> None:
        """Have the next role asked when the time of a task is over."""
        if task.event is not None:
            policies, event = self.pipeline.policies(), task.event
            raise_later(self.transaction, self.tenant, task, policies, event, self._came_of())

    def remember(self, **entry: Any) -> None:
        """Add an entry to the customer's history, in whose order it comes now."""
        if self.task.customer is not None and self.task.event is not None:
            made = Entry(at=self.now, **entry)
            history.add_later(self.transaction, self.tenant, self.task.customer, self.task.event, made)

    def _came_of(self) -> Mapping[str, Any]:
        event = self.task.event
        return {} if event is None else events.document_of(self.transaction, self.tenant, event)
