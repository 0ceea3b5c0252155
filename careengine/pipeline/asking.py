"""Opens the tasks that a decision leaves to people: what each of its actions asks of whom.

A kind of task that comes of an action of its own type is named in `KIND_OF_ACTION`; whatever awaits a person's yes is
an approval. What a person may answer, and what follows, is declared in `careengine.people.kinds`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.decision import AWAIT_APPROVAL, SHADOW
from careengine.model.policy import LIVE
from careengine.model.restraint import ASKED
from careengine.model.value import parse_instant, parse_said_duration
from careengine.pipeline.raising import first_rise, raise_later, timed
from careengine.store import identities, tasks
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.waiting import OpenReview
    from careengine.pipeline.effects import Decided

APPROVAL, FLAG, RESTRICTION, REVIEW, APPEAL = "approval", "flag", "restriction", "review", "appeal"
NOMINATION, MEASURE, INCIDENT, LOCK = "nomination", "measure", "incident", "lock"

# The types of actions that put something to a person, each with the kind of task that it opens.
KIND_OF_ACTION: Mapping[str, str] = {"flag": FLAG, "restrict": RESTRICTION, "review": REVIEW, "nominate": NOMINATION}
PROPOSAL = timedelta(days=7)  # what whoever decides on a restriction gets: what comes late is felt as arbitrary
_SIGNALS = "signals."
# What a policy flags of a report is the report itself: one question, whoever asks it.
INCIDENT_REPORTED = "incident.reported"
_OF_INCIDENT = ("id", "category", "severity", "credible", "reporter", "target")
# Who has a part in an event: none of them decides on what came of it.
_PARTIES = ("employee.id", "incident.reporter", "incident.target", "incident.reviewer")


def open_tasks(transaction: Connection, decided: Decided) -> None:
    """Open a task for everything in a decision that a person decides; of an approval one for each role asked."""
    for action in decided.answer["actions"]:
        kind = _kind(action, decided.interaction.type)
        for role in _roles(action) if kind else ():
            open_task(transaction, decided, task_of(decided, str(kind), role, action))


def open_task(transaction: Connection, decided: Decided, task: Task) -> None:
    """Open a task, with its timer where somebody else is asked when its time is over."""
    if tasks.put(transaction, decided.tenant, task):
        cause = decided.interaction.document
        raise_later(transaction, decided.tenant, task, decided.policies, decided.event, cause)


def task_of(decided: Decided, kind: str, role: str, action: Mapping[str, Any]) -> Task:
    """The task of that kind which puts an action of a decision to a role."""
    params, asked_by = action["params"], _asked_by(decided, role, action)
    task = Task(
        id=task_id(decided.tenant, kind, action["id"], role),
        kind=kind,
        role=role,
        policy=action["policies"][0],
        opened_at=decided.now,
        changed_at=decided.now,
        due_at=_due_at(params, decided.now) or (decided.now + PROPOSAL if kind == RESTRICTION else None),
        event=decided.event,
        customer=decided.interaction.customer,
        source=decided.interaction.source,
        target=action["target"],
        subject=_subject(decided, kind, action["id"]),
        employee=employee_of(decided),
        document={
            "asks": params["text"],
            "because": action["because"],
            "decision": decided.decision.id,
            "action": action["id"],
            "type": action["type"],
            "params": params,
            "not_by": parties(decided),
            **({"asked_by": asked_by} if asked_by else {}),
            **({"signals": found} if kind == FLAG and (found := _signals(decided)) else {}),
            **({"incident": incident_of(decided)} if kind == INCIDENT else {}),
        },
    )
    rise = first_rise(decided.policies, asked_by, role)
    return timed(task, rise, decided.policies, decided.now) if rise else task


def _signals(decided: Decided) -> dict[str, dict[str, Any]]:
    """What plugins found in the event, by plugin and name: whoever reviews it sees it, and it is kept as judged."""
    found: dict[str, dict[str, Any]] = {}
    for path, value in decided.facts.fields.items():
        if path.startswith(_SIGNALS):
            plugin, _, name = path.removeprefix(_SIGNALS).partition(".")
            found.setdefault(plugin, {})[name] = value
    return found


def _asked_by(decided: Decided, role: str, action: Mapping[str, Any]) -> list[str]:
    """The guardrails that ask this role about the action."""
    asked = (one for one in decided.decision.restraints if one.did == ASKED and one.to == role and one.status == LIVE)
    return [one.policy for one in asked if one.of == action["policies"][0] and one.type == action["type"]]


def answer_open_review(reader: Connection, tenant: str, asked: OpenReview) -> bool:
    """See `OpenReview`. Of a person with several ids under any of them."""
    ids = identities.ids_of(reader, tenant, asked.customer)
    there = (one for each in ids for one in tasks.open_of_customer(reader, tenant, REVIEW, each))
    found = (one.document["params"] for one in there if one.source == asked.source)
    return any((params.get("guard"), params.get("case")) == (asked.by, asked.case) for params in found)


def subject_of(action: str) -> str:
    """What the approvals of an action are found by."""
    return f"action:{action}"


def parties(decided: Decided) -> list[str]:
    """The employees who have a part in an event, by the ids of their CRM."""
    found = (decided.facts.fields.get(path) for path in _PARTIES)
    return list(dict.fromkeys(name for name in found if isinstance(name, str) and name))


def employee_of(decided: Decided) -> str | None:
    """The employee whom an event is about: the target of what was reported, else who serves the customer."""
    found = (decided.facts.fields.get(path) for path in ("incident.target", "employee.id"))
    return next((name for name in found if isinstance(name, str)), None)


def incident_of(decided: Decided) -> dict[str, Any]:
    """What an event says of conduct, without the evidence, which may be words; `id` as the history has it."""
    fields, event = decided.facts.fields, decided.interaction
    told = {name: fields[f"incident.{name}"] for name in _OF_INCIDENT if f"incident.{name}" in fields}
    return {"id": f"{event.source}/{event.id}", **told}


def subject_of_incident(decided: Decided) -> str:
    """What is asked about an incident is found by its CRM and its id."""
    return f"{INCIDENT}:{decided.interaction.source}:{incident_of(decided)['id']}"


def _subject(decided: Decided, kind: str, action: str) -> str | None:
    if kind == INCIDENT:
        return subject_of_incident(decided)
    return subject_of(action) if kind == APPROVAL else None


def _kind(action: Mapping[str, Any], event: str) -> str | None:
    if action["status"] == SHADOW:
        return None
    kind = APPROVAL if action["status"] == AWAIT_APPROVAL else KIND_OF_ACTION.get(action["type"])
    return INCIDENT if (kind, event) == (FLAG, INCIDENT_REPORTED) else kind


def _roles(action: Mapping[str, Any]) -> Iterator[str]:
    """Whom an action asks: every approver, or the one it is addressed to."""
    params = action["params"]
    asked = [*params.get("approvers", ()), params.get("approver"), params.get("to")]
    named = [role for role in dict.fromkeys(asked) if role]
    yield from named if params.get("approvers") else named[:1]


def _due_at(params: Mapping[str, Any], now: datetime) -> datetime | None:
    if due := params.get("due_at"):
        return parse_instant(due)
    return now + parse_said_duration(params["within"]) if params.get("within") else None
