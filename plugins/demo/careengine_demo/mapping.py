"""The helpdesk's words and careengine's words for the same things, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from careengine import Entry, PayloadError, PayloadProblem, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from careengine import Action

Json = dict[str, Any]

STATUS = {
    "new": "new",
    "open": "open",
    "pending": "waiting_customer",
    "on_hold": "waiting_other",
    "solved": "resolved",
    "closed": "closed",
}
PRIORITY = {"low": "low", "medium": "normal", "high": "high", "critical": "urgent"}
_RANK = tuple(PRIORITY)  # from the least to the most urgent
_PRIORITY_BACK = {ours: theirs for theirs, ours in PRIORITY.items()}
_SHELF_OF_TARGET = {"case": "tickets", "customer": "customers"}
_TASKS = frozenset({"apologise", "explain", "fix", "follow_up", "support", "alert", "flag", "review", "hold"})
_RESTRICTIONS = frozenset({"restrict", "lift", "notice"})
ACTIONS = frozenset({"note", "offer", "assign", "escalate", "contact", "nominate"}) | _TASKS | _RESTRICTIONS
_RESTRICTION_DETAILS = ("restriction", "step", "start", "end", "kept", "why", "notice", "text")
_TASK_DETAILS = ("to", "within", "measures", "employee", "text")
_CONTACT_DETAILS = ("purpose", "how", "channels", "apologise", "message", "to", "within", "text")
_DETAILS = {
    **dict.fromkeys(_TASKS, _TASK_DETAILS),
    "contact": _CONTACT_DETAILS,
    "nominate": ("to", "employee", "quote", "text"),
}
_HISTORY = {
    "interaction.received": "interactions",
    "case.opened": "cases",
    "case.updated": "updates",
    "case.transferred": "transfers",
    "case.reopened": "reopens",
    "case.resolved": "resolutions",
    "survey.answered": "surveys",
}
_WRITTEN = ("version", "tags", "notes", "changes", "offers", "tasks")
# What the adapter reads of a record; an answer without it is none.
EVERY_RECORD = {
    "customers": (*_WRITTEN, "id"),
    "tickets": (
        *_WRITTEN,
        *("number", "customer", "subject", "state", "priority", "assignee", "group"),
        *("created", "level", "reassigned", "reopened"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What one action writes to one record: fields to change, an offer or task to keep, a note to add."""

    change: Mapping[str, Any] | None = None
    shelf: str = ""
    item: Mapping[str, Any] | None = None
    note: str = ""


def record_of(target: str) -> tuple[str, str] | None:
    """The kind and key of the record an action aims at: `case:T-1` -> `("tickets", "T-1")`; None when it has none."""
    kind, _, key = target.partition(":")
    return (_SHELF_OF_TARGET[kind], key) if kind in _SHELF_OF_TARGET and key else None


def writes_for(action: Action, record: Mapping[str, Any]) -> Writes:
    """What carrying out the action on this record means. Raises Unsupported."""
    params = action.params
    if action.type == "note":
        return Writes(note=str(params["text"]))
    if action.type == "offer":
        names = ("family", "amount", "expires", "text", "message")
        return Writes(shelf="offers", item=_known({name: params.get(name) for name in names}))
    if action.type == "assign":
        return Writes(change={"assignee": params["to"]})
    if action.type == "escalate":
        return _escalation(params, record)
    if action.type in _RESTRICTIONS:
        return _restriction(action, record)
    if action.type in _DETAILS:
        details = {name: params.get(name) for name in _DETAILS[action.type]}
        return Writes(shelf="tasks", item=_known({"kind": action.type, **details}))
    raise Unsupported(f"the demo CRM cannot carry out `{action.type}`")


def _escalation(params: Mapping[str, Any], record: Mapping[str, Any]) -> Writes:
    """Raise the ticket; an escalation never lowers a level or a priority that a person has set."""
    change: Json = {"tags": sorted({*record["tags"], "escalated"})}
    if "number" in record:
        wanted = _PRIORITY_BACK.get(str(params.get("priority")), "low")
        change |= {
            "group": params["to"],
            "level": max(int(params.get("level", 1)), record["level"]),
            "priority": max(wanted, record["priority"], key=_RANK.index),
        }
    else:
        change["assignee"] = params["to"]
    details = {name: params.get(name) for name in ("to", "respond_within", "next_update", "hand_over", "text")}
    return Writes(change=change, shelf="tasks", item=_known({"kind": "take_over", **details}))


def _restriction(action: Action, record: Mapping[str, Any]) -> Writes:
    """Show a restriction as a tag to everybody who serves the customer, or take that tag away; a notice is sent."""
    params = action.params
    if not params.get("restriction"):
        raise Unsupported("a restriction that no person imposed is not carried out")
    details = {name: params.get(name) for name in _RESTRICTION_DETAILS}
    item = _known({"kind": action.type, **details})
    sign = f"restricted:{params['step']}:{params['restriction']}"
    tags = {*record["tags"], sign} if action.type == "restrict" else {*record["tags"]} - {sign}
    changes = action.type != "notice" and tags != set(record["tags"])
    return Writes(change={"tags": sorted(tags)} if changes else None, shelf="tasks", item=item)


def interaction_of(event: Mapping[str, Any]) -> Json | None:
    """One event of the helpdesk as interaction JSON; None when it is of a kind that is no interaction.

    Raises PayloadError when it lacks what every event has.
    """
    for name in ("id", "kind", "at", "by"):
        if not isinstance(event.get(name), str):
            raise PayloadError([PayloadProblem(pointer=f"/event/{name}", message="every event has this as text")])
    kind = _type_of(event)
    if kind is None:
        return None
    by_customer = kind in ("interaction.received", "survey.answered")
    message, survey = _part(event, "message"), _part(event, "survey")
    return _known(
        {
            "id": event["id"],
            "source": "demo",
            "type": kind,
            "occurred_at": event["at"],
            "direction": "inbound" if by_customer else "internal",
            "channel": message.get("channel"),
            "text": message.get("text"),
            "actor": {"type": "customer"} if by_customer else {"type": "agent", "id": event["by"]},
            "customer": {"id": event["customer"]} if event.get("customer") else None,
            "case": {"id": event["ticket"]} if event.get("ticket") else None,
            "survey": _known({name: survey.get(name) for name in ("csat", "nps", "ces", "comment")}),
        }
    )


def _type_of(event: Mapping[str, Any]) -> str | None:
    if event["kind"] != "ticket.changed":
        kinds = {
            "ticket.created": "case.opened",
            "ticket.message": "interaction.received",
            "survey.answered": "survey.answered",
        }
        return kinds.get(event["kind"])
    before, after = _part(event, "before"), _part(event, "after")
    if after.get("state") in ("solved", "closed"):
        return "case.resolved"
    if before.get("state") in ("solved", "closed") and after.get("state") == "open":
        return "case.reopened"
    moved = any(before.get(name) and after.get(name, before[name]) != before[name] for name in ("assignee", "group"))
    return "case.transferred" if moved else "case.updated"


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name, {})
    if not isinstance(part, dict):
        raise PayloadError([PayloadProblem(pointer=f"/event/{name}", message="must be an object")])
    return part


def case_of(ticket: Mapping[str, Any]) -> Json:
    """A ticket as the `case` of an interaction."""
    return _known(
        {
            "id": ticket["number"],
            "status": STATUS.get(ticket["state"]),
            "priority": PRIORITY.get(ticket["priority"]),
            "owner": ticket["assignee"],
            "team": ticket["group"],
            "opened_at": ticket["created"],
            "reassignments": ticket["reassigned"],
            "reopens": ticket["reopened"],
            "escalation_level": min(ticket["level"], 9),
            "subject": ticket["subject"],
            "tags": ticket["tags"],
        }
    )


def customer_of(customer: Mapping[str, Any]) -> Json:
    """A customer record as the `customer` of an interaction."""
    names = {
        "id": "id",
        "name": "name",
        "email": "email",
        "tier": "tier",
        "country": "country",
        "time_zone": "tz",
        "since": "since",
        "spent": "lifetime_value",
    }
    return _known({ours: customer.get(theirs) for theirs, ours in names.items()})


def entries_of(events: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The helpdesk's events about a customer as history; what is no interaction leaves no entry."""
    found = [(event, interaction_of(event)) for event in events]
    return [_entry(event, interaction) for event, interaction in found if interaction]


def _entry(event: Mapping[str, Any], interaction: Json) -> Entry:
    opened = interaction["type"] == "case.opened"
    case = interaction.get("case", {}).get("id")
    return Entry(
        at=datetime.fromisoformat(event["at"]),
        kind=_HISTORY[interaction["type"]],
        ref=case if opened and case else event["id"],
        status="opened" if opened else "",
        direction=interaction["direction"],
        channel=interaction.get("channel"),
        case=case,
    )


def _known(document: Json) -> Json:
    """Leave out what is not known: missing means unknown, empty would be a claim."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}
