"""Conduct that was reported (an incident) or that a rule flagged (a flag): somebody judges it who had no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.errors import PayloadError, PayloadProblem
from careengine.model.protection import EXCLUSIONS
from careengine.people.kind import Choice, Given, Kind
from careengine.pipeline.asking import FLAG, INCIDENT
from careengine.pipeline.incidents import asked_about
from careengine.store import events, outbox, tasks
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding
    from careengine.store.tasks import Task

_LONGEST = 200  # characters of an item
_EVIDENCE = Given(
    schema={
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
        "minItems": 1,
        "maxItems": 200,
        "description": "References to what was said or done; needed where the report has none that is kept.",
    },
    expected='a list of references, such as `["call-5512"]`',
    needed=False,
)
_INCIDENT = resources.schema("interaction")["properties"]["incident"]["properties"]
_CATEGORIES = _INCIDENT["category"]["enum"]
_JUDGED = {
    "category": Given(
        schema={"type": "string", "enum": _CATEGORIES, "description": "What it was; needed where nobody reported it."},
        expected=f"one of {', '.join(f'`{name}`' for name in _CATEGORIES)}",
        needed=False,
        plain=True,
    ),
    "severity": Given(
        schema={"type": "integer", "minimum": 1, "maximum": 4, "description": "How bad; needed where nobody said it."},
        expected="1 rude, 2 abusive, 3 frightening or 4 dangerous",
        needed=False,
        plain=True,
    ),
}
_SAID = {
    "distress": "Whether the customer was in distress.",
    "complaint": "Whether what was reported is the complaint itself.",
    "disability": "Whether it comes with a disability.",
}
_EXCLUSIONS = {
    name: Given(
        schema={"type": "boolean", "description": _SAID[name]}, expected="true or false", needed=False, plain=True
    )
    for name in EXCLUSIONS
}
_EXCUSE = Given(
    schema={"type": "string", "enum": list(EXCLUSIONS), "description": "What excuses it."},
    expected=f"one of {', '.join(f'`{name}`' for name in EXCLUSIONS)}",
    plain=True,
)


def _confirm(deciding: Deciding) -> None:
    if excused := [name for name in EXCLUSIONS if deciding.given.get(name)]:
        message = f"what `{excused[0]}` excuses is not confirmed; choose `excuse` with `because_of: {excused[0]}`"
        raise PayloadError([PayloadProblem(pointer=f"/{excused[0]}", message=message)])
    said = {EXCLUSIONS[name].partition(".")[2]: deciding.given[name] for name in EXCLUSIONS if name in deciding.given}
    said |= {name: deciding.given[name] for name in _JUDGED if name in deciding.given}
    _check_judged(deciding)
    _settle(deciding, "incident.confirmed", evidence=_evidence(deciding), **said)
    deciding.do()


def _check_judged(deciding: Deciding) -> None:
    """Of words that nobody reported, whoever confirms them says what they were and how bad: no machine does."""
    if _reported(deciding) is not None:
        return
    lacking = [name for name in _JUDGED if name not in deciding.given]
    if lacking:
        message = "nobody reported this, so say it yourself; expected "
        raise PayloadError(
            [PayloadProblem(pointer=f"/{name}", message=message + _JUDGED[name].expected) for name in lacking]
        )


def _evidence(deciding: Deciding) -> list[str]:
    """Nothing is confirmed without at least one item; of words that nobody reported they are one."""
    reported = _reported(deciding)
    known = [f"message {_event(deciding)['id']}"[:_LONGEST]] if reported is None else reported.get("evidence", ())
    found = list(dict.fromkeys([*known, *deciding.given.get("evidence", ())]))
    if not found:
        message = f"nothing is confirmed without evidence; expected {_EVIDENCE.expected}"
        raise PayloadError([PayloadProblem(pointer="/evidence", message=message)])
    return found


def _event(deciding: Deciding) -> dict[str, Any]:
    event = deciding.task.event
    return {"id": ""} if event is None else events.document_of(deciding.transaction, deciding.tenant, event)


def _reported(deciding: Deciding) -> dict[str, Any] | None:
    """What is kept of the report; None where the flag is about a message that nobody reported."""
    found: dict[str, Any] | None = _event(deciding).get("incident")
    return found


def _reject(deciding: Deciding) -> None:
    _settle(deciding, "incident.rejected")
    deciding.let_be()


def _excuse(deciding: Deciding) -> None:
    field = EXCLUSIONS[deciding.given["because_of"]].partition(".")[2]
    _settle(deciding, "incident.rejected", **{field: True})
    deciding.let_be()


def _settle(deciding: Deciding, event: str, **said: Any) -> None:
    """The rules hear of it; whoever else was asked about the same conduct need not say anything."""
    for other in _same(deciding):
        if other.id != deciding.task.id and other.state == OPEN:
            deciding.withdraw(other)
            _drop(deciding, other)
    deciding.happened(event, incident={**_known(deciding), "reviewer": deciding.by.name, **said})


def _drop(deciding: Deciding, other: Task) -> None:
    """What waited for the other's answer waits for nobody any more."""
    action, why = str(other.document.get("action", "")), f"{deciding.choice.state} by a person"
    outbox.refused(deciding.transaction, deciding.tenant, action, why, deciding.now)


def _same(deciding: Deciding) -> list[Task]:
    transaction, tenant, task = deciding.transaction, deciding.tenant, deciding.task
    if task.subject is not None:
        return asked_about(transaction, tenant, task.subject, task.customer)
    return [] if task.event is None else tasks.of_event(transaction, tenant, task.event, task.kind)


def _known(deciding: Deciding) -> dict[str, Any]:
    """What names the incident, where the report does not: else its review would be of another one."""
    name: str = deciding.task.document.get("incident", {}).get("id", "")
    if name:
        return {"id": name} if len(name) <= _LONGEST else {}
    return {} if _reported(deciding) is not None else _incident(deciding)


def _incident(deciding: Deciding) -> dict[str, Any]:
    """The incident that a message becomes by its review, so that what comes later finds it again."""
    employee = _event(deciding).get("employee", {}).get("id")
    return {"id": deciding.task.id, **({"target": employee} if employee else {})}


_CHOICES = (
    Choice(
        name="confirm",
        state="confirmed",
        says="it was as reported, and there is evidence",
        follows=_confirm,
        takes={"evidence": _EVIDENCE, **_JUDGED, **_EXCLUSIONS},
    ),
    Choice(name="reject", state="rejected", says="it was not; it leaves the counts", follows=_reject),
    Choice(
        name="excuse",
        state="excused",
        says="it was as reported and is excused; it leaves the counts, and the employee is supported all the same",
        follows=_excuse,
        takes={"because_of": _EXCUSE},
    ),
)

INCIDENT_KIND = Kind(
    name=INCIDENT,
    names="incidents",
    says="A report of a customer's conduct counts only when a person has confirmed it. A rejected one never does.",
    choices=_CHOICES,
)
FLAG_KIND = Kind(
    name=FLAG,
    names="flags",
    says="Conduct that a rule noticed and nobody reported, such as words in a message: it counts only when a person "
    "has confirmed it.",
    choices=_CHOICES,
)
