"""A person ends it that care comes first for a customer: it is over, or a machine misread their words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from careengine.decide.kinds.due_process import is_care_first
from careengine.errors import NotYoursError, PayloadError, PayloadProblem, SettledError
from careengine.model.history import CARE_ENDED, Entry
from careengine.model.pointer import join
from careengine.model.value import say_instant
from careengine.people.answer import LONGEST_REASON, REASON, wrong
from careengine.people.kind import Given, not_by
from careengine.people.knowing import check_known, filled
from careengine.pipeline.asking import FLAG, INCIDENT
from careengine.pipeline.care import words_told
from careengine.store import audit, decisions, events, history, identities, restrictions, tasks
from careengine.store.removal import subject_of_care

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.people.actor import Actor
    from careengine.pipeline import Pipeline
    from careengine.pipeline.care import Words

_LONGEST_ID = 200
_TAKES = {
    "customer": Given(
        schema={
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST_ID,
            "description": "The CRM's id of the customer; it is ended under all that are theirs.",
        },
        expected=f"the id of a customer, in 1 to {_LONGEST_ID} characters",
    ),
    "reason": Given(
        schema={**REASON, "description": "What you found; it is kept."},
        expected=f"why, in 1 to {LONGEST_REASON} characters",
    ),
}
SCHEMA = {
    "type": "object",
    "required": list(_TAKES),
    "additionalProperties": False,
    "properties": {name: given.schema for name, given in _TAKES.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What was ended and when: `until` it would have stood, and `decisions` are those on the words it was found in."""

    customer: str
    ended_at: datetime
    until: datetime
    decisions: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        times = {"ended_at": say_instant(self.ended_at), "until": say_instant(self.until)}
        return {"customer": self.customer, **times, "decisions": list(self.decisions)}


def end_care(pipeline: Pipeline, tenant: str, body: Any, by: Actor) -> Ended:
    """End it for all words that reached us before; words that reach us later start it again. `body` is as in `SCHEMA`.

    Whoever judges reports of conduct does it (`Pipeline.incident_reviewer`), and nobody who has a part in one of this
    customer's, or in what they said. Raises PayloadError with every fault, NotYoursError, SettledError when there is
    nothing to end, and StoreError. Then nothing of it was kept.
    """
    if faults := list(_faults(body)):
        raise PayloadError(faults)
    role = pipeline.incident_reviewer
    if not by.fills(role):
        raise NotYoursError(f"`{role}` says that care does not come first any more, and {filled(by)}", role)
    return pipeline.store.transact(lambda to: _end(to, pipeline, tenant, body, by))


def _faults(body: Any) -> Iterator[PayloadProblem]:
    if not isinstance(body, dict):
        yield PayloadProblem(pointer="", message="expected an object with `customer` and `reason`")
        return
    yield from wrong(_TAKES, body)
    for name in body:
        if name not in _TAKES:
            message = f"expected {' and '.join(f'`{one}`' for one in _TAKES)} and nothing else"
            yield PayloadProblem(pointer=join("", name[:80]), message=message, place="")


def _end(transaction: Connection, pipeline: Pipeline, tenant: str, body: Mapping[str, Any], by: Actor) -> Ended:
    # One after the other with the events of the same person: what reached us before is what is judged.
    person = identities.hold(transaction, tenant, body["customer"])
    now, length = pipeline.clock(), pipeline.care_first_for
    told = words_told(transaction, tenant, person.customer, now - length)
    _check_apart(transaction, tenant, person.ids, told, by, pipeline.incident_reviewer)
    standing = [words for words in told if words.ended is None]
    if not standing:
        raise _nothing_to_end(told)
    until = max(words.told.at for words in standing) + length
    made = [_keep(transaction, tenant, words, by, now) for words in standing]
    before, after = {"until": say_instant(until)}, {"until": say_instant(now)}
    deed = {"actor": by.name, "did": "end", "reason": body["reason"].strip(), "before": before, "after": after}
    audit.add_all(transaction, tenant, [audit.Deed(subject=subject_of_care(one), **deed) for one in made], now)
    for each in person.ids:
        _look_anew(transaction, tenant, each, now)
    return Ended(customer=person.customer, ended_at=now, until=until, decisions=made)


def _check_apart(
    reader: Connection, tenant: str, ids: Sequence[str], told: Sequence[Words], by: Actor, role: str
) -> None:
    """Whether this one has no part in it: reported no conduct of theirs, met none, and did not serve them then."""
    reports = tasks.of_customers(reader, tenant, (INCIDENT, FLAG), ids)
    barred = {name for task in reports for name in not_by(task)}
    served = (events.document_of(reader, tenant, words.event).get("employee", {}) for words in told)
    barred |= {employee["id"] for employee in served if "id" in employee}
    if by.is_one_of(barred):
        message = f"who had a part in it does not say that care comes first no more; another `{role}` does"
        raise NotYoursError(message, role)
    if barred:
        check_known(role, by)


def _nothing_to_end(told: Sequence[Words]) -> SettledError:
    last = max((words.ended for words in told if words.ended), key=lambda one: one.at, default=None)
    who = f"; `{last.employee}` ended it at {say_instant(last.at)}" if last else ""
    message = f"there is nothing to end: care does not come first for this customer{who}"
    return SettledError(message, "ended" if last else "none")


def _keep(transaction: Connection, tenant: str, words: Words, by: Actor, now: datetime) -> str:
    """With the event that brought the words, so that it goes when they go; gives the decision on that."""
    told = words.told  # a CRM's clock may be ahead of ours, and the end is never before what it ends
    ended = Entry(at=max(now, told.at), kind=CARE_ENDED, ref=told.ref, source=told.source, employee=by.name)
    history.add_later(transaction, tenant, words.customer, words.event, ended)
    return decisions.name_of(transaction, tenant, words.event)


def _look_anew(transaction: Connection, tenant: str, customer: str, now: datetime) -> None:
    """When words start it again, somebody is asked again to look at the restrictions that stand."""
    for _, told in restrictions.standing_of(transaction, tenant, customer):
        one = restrictions.get(transaction, tenant, told["id"])
        if one is not None and one.standing.is_live and any(map(is_care_first, one.standing.looked_at_for)):
            left = tuple(name for name in one.standing.looked_at_for if not is_care_first(name))
            restrictions.change(transaction, tenant, one, now, standing=replace(one.standing, looked_at_for=left))
