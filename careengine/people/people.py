"""What people decide: listed, shown, and decided once, with everything that follows in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from careengine.errors import ChangedError, NotYoursError, SettledError, UnknownTaskError
from careengine.model.restrictions import PROPOSED
from careengine.model.value import say_instant
from careengine.people import appealing
from careengine.people.actor import ANYBODY
from careengine.people.answer import read_answer
from careengine.people.deciding import Deciding
from careengine.people.kinds import KINDS
from careengine.people.knowing import check_known
from careengine.people.notice import draft_of
from careengine.people.overriding import note_otherwise
from careengine.people.reporting import report
from careengine.people.widening import with_amount
from careengine.pipeline.ending import restriction_of
from careengine.store import audit, events, identities, locks, restrictions, tasks, timers
from careengine.store.tasks import OPEN, subject_of_task

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from careengine.people.actor import Actor
    from careengine.people.answer import Answer
    from careengine.people.kind import Kind
    from careengine.people.reporting import Reported
    from careengine.pipeline import Outcome, Pipeline
    from careengine.store.restrictions import Restricted
    from careengine.store.tasks import Task

ENTRIES = 100  # of the audit that are shown with a task


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The tasks of a store, for those who decide them. Threads may share it."""

    pipeline: Pipeline
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)

    def page(
        self,
        tenant: str,
        limit: int = 50,
        *,
        role: str | None = None,
        mine: Actor | None = None,
        customer: str | None = None,
        overdue: bool = False,
        **asked: Any,
    ) -> Sequence[Task]:
        """Tasks by kind, state and employee, as `careengine.store.tasks.page` has it.

        `role` keeps what that role decides, `mine` what this one may decide, `overdue` what is past its time.
        `customer` is any id of a person: it is what was opened under all of them. Raises UnknownTaskError when there is
        none of the id that the page is to come `after`.
        """
        after = asked.get("after")
        asked |= {"roles": _roles(role, mine), "due_before": self.pipeline.clock() if overdue else None}
        with self.pipeline.store.read() as reader:
            if after is not None and tasks.get(reader, tenant, after) is None:
                raise _unknown("task", after)
            customers = None if customer is None else identities.ids_of(reader, tenant, customer)
            return tasks.page(reader, tenant, limit, customers=customers, **asked)

    def one(self, tenant: str, name: str, kind: str | None = None) -> tuple[Task, list[audit.Entry]]:
        """A task with what people did about it, the newest first. Raises UnknownTaskError.

        Where it is about a restriction its document has `standing`, how that stands now, and `notice` while it is only
        proposed (see `careengine.people.notice.draft_of`); where it is about reported conduct `evidence`, what was
        handed in, as far as the settings keep it.
        """
        with self.pipeline.store.read() as reader:
            task = _task(reader, tenant, name, kind)
            about = restrictions.get(reader, tenant, restriction_of(task))
            if about is not None:
                task = replace(task, document={**task.document, **self._told(reader, tenant, about)})
            if "incident" in task.document and task.event is not None:
                told = events.document_of(reader, tenant, task.event).get("incident", {})
                task = replace(task, document={**task.document, "evidence": told.get("evidence", [])})
            return task, audit.page(reader, tenant, ENTRIES, subject=subject_of_task(name))

    def _told(self, reader: Connection, tenant: str, one: Restricted) -> dict[str, Any]:
        now = self.pipeline.clock()
        told = {"standing": one.standing.told(now)}
        if one.standing.state == PROPOSED:
            told["notice"] = draft_of(reader, tenant, self.pipeline.reader.catalogue, one, now)
        return told

    def report(self, tenant: str, body: Any, by: Actor) -> Reported:
        """Report a customer's conduct; see `careengine.people.reporting.report`."""
        return report(self.pipeline, tenant, body, by)

    def decide(self, tenant: str, name: str, answer: Any, by: Actor, kind: str | None = None) -> Task:
        """Take a person's answer (JSON with `outcome`, `reason` and what the outcome takes), and do what follows.

        Raises UnknownTaskError, PayloadError with every fault of the answer, NotYoursError with the role that may,
        SettledError when it was decided before, ChangedError when the facts do not speak for it any more and it does
        not say `even_though`, and StoreError. Then nothing of it was kept.
        """
        task, made = self.pipeline.store.transact(lambda to: self._decide(to, tenant, name, answer, by, kind))
        for outcome in made:
            self.pipeline.count(outcome)
            self.pipeline.tell(outcome)
        self.pipeline.wake()
        return task

    def appeal(self, tenant: str, name: str, body: Any, by: Actor) -> Task:
        """Hand a customer's appeal in; see `careengine.people.appealing.appeal`."""
        return appealing.appeal(self.pipeline, tenant, name, body, by)

    def _decide(
        self, transaction: Connection, tenant: str, name: str, body: Any, by: Actor, kind: str | None
    ) -> tuple[Task, Sequence[Outcome]]:
        found = _task(transaction, tenant, name, kind)
        # One after the other with the events of the same customer: what is read next decides.
        if found.customer is None:
            locks.hold(transaction, locks.DECIDE, tenant, "task", name)
        else:
            identities.hold(transaction, tenant, found.customer)
        locks.hold_rooms(transaction, tenant)  # what follows may be several decisions
        task = _task(transaction, tenant, name, kind)
        declared = self.kinds[task.kind]
        answer = read_answer(declared, body)
        check(declared, task, by)
        deciding = self._deciding(transaction, tenant, task, answer, by)
        if answer.choice.acts:
            _check_unchanged(declared, deciding)
        answer.choice.follows(deciding)
        self._settle(deciding)
        return _task(transaction, tenant, name, kind), deciding.made

    def _deciding(self, transaction: Connection, tenant: str, task: Task, answer: Answer, by: Actor) -> Deciding:
        return Deciding(
            transaction=transaction,
            tenant=tenant,
            task=task,
            choice=answer.choice,
            given=answer.given,
            reason=answer.reason,
            even_though=answer.even_though,
            by=by,
            now=self.pipeline.clock(),
            pipeline=self.pipeline,
        )

    def _settle(self, deciding: Deciding) -> None:
        task, choice, now = deciding.task, deciding.choice, deciding.now
        outcome = {"by": deciding.by.name, "outcome": choice.name, "at": say_instant(now), **deciding.given}
        outcome |= {"reason": deciding.reason, **deciding.also}
        timers.cancel(deciding.transaction, deciding.tenant, timers.of_task(task.id))
        if deciding.moved is not None:
            _move(deciding, deciding.moved, outcome)
            return
        document = {**task.document, "decided": outcome}
        if not tasks.settle(deciding.transaction, deciding.tenant, task.id, choice.state, document, now):
            raise settled_error(task)
        note_otherwise(deciding)
        told = {"state": choice.state, "role": task.role, **deciding.told()}
        deciding.note(subject_of_task(task.id), choice.name, {"state": task.state, "role": task.role}, told)


def _roles(role: str | None, mine: Actor | None) -> Collection[str] | None:
    """The roles that a page is about; None: whichever."""
    if mine is None or ANYBODY in mine.roles:
        return None if role is None else {role}
    return mine.roles if role is None else mine.roles & {role}


def _move(deciding: Deciding, moved: Task, outcome: Mapping[str, Any]) -> None:
    """It goes up: who said what stays with it, and another amount is what is asked for from now on."""
    task, amount = deciding.task, deciding.given.get("amount")
    said = [*task.document.get("said", ()), {"role": task.role, **outcome}]
    document = with_amount(moved.document, amount, task.role) if amount else moved.document
    kept = replace(moved, document={**document, "said": said})
    named = {"role": kept.role, "due_at": kept.due_at, "document": kept.document, "now": deciding.now}
    if not tasks.move(deciding.transaction, deciding.tenant, task.id, **named):  # type: ignore[arg-type]
        raise settled_error(task)
    before, after = {"state": OPEN, "role": task.role}, {"state": OPEN, "role": kept.role, **deciding.told()}
    deciding.note(subject_of_task(task.id), deciding.choice.name, before, after)
    deciding.raise_later(kept)


def check(kind: Kind, task: Task, by: Actor) -> None:
    """Whether this one may decide the task at present. Raises NotYoursError and SettledError."""
    if not by.fills(task.role):
        raise NotYoursError(f"`{task.role}` decides this {kind.name}, and {_mine(by)}", task.role)
    barred = list(kind.barred(task))
    if by.is_one_of(barred):
        message = f"who had a part in it does not decide this {kind.name}; another `{task.role}` does"
        raise NotYoursError(message, task.role)
    if task.state != OPEN:
        raise settled_error(task)
    if barred:
        check_known(task, by)


def settled_error(task: Task) -> SettledError:
    """Why nobody can decide a task any more."""
    decided = task.document.get("decided", {})
    who = f" by `{decided['by']}` at {decided['at']}" if decided else ""
    return SettledError(f"this {task.kind} is `{task.state}` already{who}", task.state)


def _check_unchanged(kind: Kind, deciding: Deciding) -> None:
    changed = list(kind.changed(deciding))
    if changed and not deciding.even_though:
        raise ChangedError(changed)
    if changed:
        deciding.also["even_though"] = changed


def _mine(by: Actor) -> str:
    roles = ", ".join(f"`{role}`" for role in sorted(by.roles))
    return f"you fill {roles}" if roles else "you fill no role; the setting `people.roles` says who fills which"


def _task(reader: Connection, tenant: str, name: str, kind: str | None) -> Task:
    task = tasks.get(reader, tenant, name)
    if task is None or (kind is not None and task.kind != kind):
        raise _unknown(kind or "task", name)
    return task


def _unknown(kind: str, name: str) -> UnknownTaskError:
    return UnknownTaskError(f"there is no {kind} `{name[:80]}`")
