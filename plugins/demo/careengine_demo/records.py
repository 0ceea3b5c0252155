"""The helpdesk's records, kept in memory: customers and tickets, what was written to them, and what happened when."""

from __future__ import annotations

import secrets
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

KINDS = ("customers", "tickets")
SHELVES = ("offers", "tasks")
STATES = ("new", "open", "pending", "on_hold", "solved", "closed")
PRIORITIES = ("low", "medium", "high", "critical")
_CUSTOMER: Json = {
    "name": "",
    "email": "",
    "tier": None,
    "assignee": None,
    "country": None,
    "time_zone": None,
    "since": None,
    "spent": None,
}
_TICKET: Json = {
    "subject": "",
    "state": "new",
    "priority": "medium",
    "assignee": None,
    "group": None,
    "level": 0,
    "reassigned": 0,
    "reopened": 0,
}
_CHANGEABLE = {
    "customers": frozenset({"name", "email", "tier", "assignee", "tags"}),
    "tickets": frozenset({"subject", "state", "priority", "assignee", "group", "level", "tags"}),
}
_CHOICES = {"state": STATES, "priority": PRIORITIES}


class RefusedError(Exception):
    """The helpdesk says no; `status` is the HTTP status that tells why."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class Records:
    """All records and their events. Not thread-safe: one thread owns it (the server's, once it runs).

    Every change raises the record's `version`, is written into its `changes` and makes one event, which
    `on_event` is told. Event ids differ from one start to the next, as the records do not outlive a stop.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.customers: dict[str, Json] = {}
        self.tickets: dict[str, Json] = {}
        self.events: list[Json] = []
        self.on_event: list[Callable[[Json], None]] = []
        self._clock = clock
        self._start = secrets.token_hex(4)

    def add_customer(self, customer: str, document: Mapping[str, Any]) -> Json:
        """Keep a new customer, or give the one that is there. Adds no event: nothing happened to the customer."""
        if customer not in self.customers:
            self.customers[customer] = {"id": customer, **_blank(_CUSTOMER), **document}
        return self.customers[customer]

    def add_ticket(self, document: Mapping[str, Any], by: str, number: str | None = None) -> Json:
        """Open a ticket for a known customer. Raises RefusedError (422 unknown customer, 409 number taken)."""
        if document.get("customer") not in self.customers:
            raise RefusedError(422, f"there is no customer `{document.get('customer')}`")
        number = number or f"T-{len(self.tickets) + 1}"
        if number in self.tickets:
            raise RefusedError(409, f"there is a ticket `{number}` already")
        ticket = {"number": number, **_blank(_TICKET), "created": self.now(), **document}
        _check_choices(ticket)
        self.tickets[number] = ticket
        self._tell("ticket.created", ticket, by)
        return ticket

    def find(self, kind: str, key: str) -> Json:
        """The record. Raises RefusedError (404)."""
        shelf = {"customers": self.customers, "tickets": self.tickets}.get(kind, {})
        if key not in shelf:
            raise RefusedError(404, f"there is no `{key}` among the {kind}")
        return shelf[key]

    def change(self, kind: str, key: str, fields: Mapping[str, Any], by: str, change_id: str = "") -> Json:
        """Set some fields; the change is journalled under the caller's `change_id`. Raises RefusedError (404, 422)."""
        record = self.find(kind, key)
        if unknown := set(fields) - _CHANGEABLE[kind]:
            raise RefusedError(422, f"`{min(unknown)}` cannot be changed")
        _check_choices(fields)
        before = {name: record.get(name) for name in fields}
        self._count(kind, before, fields, record)
        record.update(deepcopy(dict(fields)))
        record["changes"].append({"id": change_id, "by": by, "at": self.now(), "fields": dict(fields)})
        self._tell(f"{kind[:-1]}.changed", record, by, before=before, after=dict(fields))
        return record

    def add_note(self, kind: str, key: str, body: str, by: str, *, public: bool = False) -> Json:
        """Add a note; it is private unless said otherwise. Raises RefusedError (404)."""
        record = self.find(kind, key)
        note = {"id": f"n-{len(record['notes']) + 1}", "body": body, "by": by, "public": public, "at": self.now()}
        record["notes"].append(note)
        self._tell(f"{kind[:-1]}.noted", record, by, note=note["id"])
        return note

    def add_message(self, number: str, message: Mapping[str, Any], by: str) -> Json:
        """Keep what a customer wrote or said on a ticket. Raises RefusedError (404)."""
        ticket = self.find("tickets", number)
        return self._tell("ticket.message", ticket, by, message=dict(message))

    def add_survey(self, number: str, answer: Mapping[str, Any], by: str) -> Json:
        """Keep a survey's answer about a ticket. Raises RefusedError (404)."""
        return self._tell("survey.answered", self.find("tickets", number), by, survey=dict(answer))

    def put(self, kind: str, key: str, shelf: str, item: str, document: Mapping[str, Any], by: str) -> bool:
        """Keep an offer or task under the caller's own id; False when the same is there already.

        Raises RefusedError: 404, or 409 when the id holds something else.
        """
        record = self.find(kind, key)
        if item in record[shelf]:
            if record[shelf][item]["content"] != dict(document):
                raise RefusedError(409, f"`{item}` holds something else already")
            return False
        record[shelf][item] = {"content": dict(document), "by": by, "at": self.now()}
        self._tell(f"{kind[:-1]}.{shelf[:-1]}_added", record, by, item=item)
        return True

    def events_after(self, cursor: str | None, limit: int = 100) -> list[Json]:
        """Events after the one of that id; from the first one on when the id is not known (any more)."""
        place = next((n for n, event in enumerate(self.events, start=1) if event["id"] == cursor), 0)
        return self.events[place : place + limit]

    @property
    def newest_event(self) -> str:
        """The id to ask `events_after` with for what is yet to come."""
        return self._event_id(len(self.events))

    def written_by(self, author: str) -> dict[str, int]:
        """How many notes, changes, offers and tasks somebody has written, over all records."""
        records = [*self.customers.values(), *self.tickets.values()]
        counts = {name: sum(x["by"] == author for r in records for x in r[name]) for name in ("notes", "changes")}
        for shelf in SHELVES:
            counts[shelf] = sum(item["by"] == author for r in records for item in r[shelf].values())
        return counts

    def now(self) -> str:
        """The present instant as the API writes it."""
        return self._clock().astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _event_id(self, number: int) -> str:
        return f"e-{self._start}-{number}"

    def _count(self, kind: str, before: Json, after: Mapping[str, Any], record: Json) -> None:
        if kind != "tickets":
            return
        moved = any(name in after and before[name] not in (None, after[name]) for name in ("assignee", "group"))
        record["reassigned"] += moved
        record["reopened"] += before.get("state") in ("solved", "closed") and after.get("state") == "open"

    def _tell(self, kind: str, record: Json, by: str, **details: Any) -> Json:
        record["version"] += 1
        about = {"ticket": record["number"], "customer": record["customer"]} if "number" in record else {}
        event = {
            "id": self._event_id(len(self.events) + 1),
            "kind": kind,
            "at": self.now(),
            "by": by,
            **(about or {"customer": record["id"]}),
            **details,
        }
        self.events.append(event)
        for listener in self.on_event:
            listener(event)
        return event


def _blank(fields: Json) -> Json:
    """The start of a record: its fields, and nothing written to it yet."""
    return deepcopy(fields) | {"version": 0, "tags": [], "notes": [], "changes": [], "offers": {}, "tasks": {}}


def _check_choices(fields: Mapping[str, Any]) -> None:
    for name, choices in _CHOICES.items():
        if name in fields and fields[name] not in choices:
            raise RefusedError(422, f"`{name}` must be one of {', '.join(choices)}")
