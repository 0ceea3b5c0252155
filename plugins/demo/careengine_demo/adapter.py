"""The adapter: webhooks in, records read, actions carried out exactly once."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from careengine import (
    Adapter,
    AdapterError,
    AdapterSpec,
    Capabilities,
    Health,
    PayloadError,
    PayloadProblem,
    Receipt,
    Rejected,
    SignatureError,
)
from careengine_demo import mapping, webhooks
from careengine_demo.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from careengine import Action, Entry, WebhookRequest

CAPABILITIES = Capabilities(actions=mapping.ACTIONS, concurrency="etag", idempotency="client_id_put", webhook="signed")
_LONGEST_ID = 200


def marker_of(key: str) -> str:
    """The sign that an action leaves on everything it writes: the same on every try."""
    return f"care:{hashlib.sha256(key.encode()).hexdigest()[:20]}"


class DemoAdapter:
    """One connection to one demo CRM. `settings` fit `settings.schema.json`; `clock` gives seconds since 1970."""

    def __init__(self, settings: Mapping[str, Any], clock: Callable[[], float] = time.time) -> None:
        self.client = Client(settings["base_url"], settings["token"], clock)
        self._user = settings.get("user", "careengine")
        names = ("webhook_secret", "previous_webhook_secret")
        self._secrets = tuple(settings[name] for name in names if settings.get(name))
        self._clock = clock

    def verify(self, request: WebhookRequest) -> str:
        """Check the signature; give the delivery's id from the signed body. Raises SignatureError."""
        if not self._secrets:
            raise SignatureError("no `webhook_secret` is set, so no webhook can be proven")
        webhooks.check(self._secrets, request.headers, request.body, self._clock())
        return _delivery(request.body)

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:  # noqa: ARG002  every delivery is answered alike
        """What the helpdesk wants to hear."""
        return 202, b'{"kept": true}'

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        """The interaction in a delivery, if it holds one that is not our own doing. Raises PayloadError."""
        event = _event(request.body)
        interaction = mapping.interaction_of(event)
        # By the author that the helpdesk vouches for, never by our marker: that a customer could write, too.
        return [] if interaction is None or event["by"] == self._user else [interaction]

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The interaction with its ticket and customer as the helpdesk has them now. Raises AdapterError."""
        whole = dict(event)
        if case := event.get("case", {}).get("id"):
            ticket = self._record("tickets", case)
            whole["case"] = event["case"] | mapping.case_of(ticket)
            whole.setdefault("customer", {"id": ticket["customer"]})
        if customer := whole.get("customer", {}).get("id"):
            whole["customer"] = whole["customer"] | mapping.customer_of(self._record("customers", customer))
        return whole

    def history(self, customer: str) -> Iterable[Entry]:
        """What the helpdesk remembers of a customer, without our own writes. Raises AdapterError."""
        return mapping.entries_of(self._not_ours(self._events("customers", customer, "history")))

    def apply(self, action: Action, key: str) -> Receipt:
        """Carry out one action once: read the record, then write what is not there yet. Raises AdapterError."""
        place = mapping.record_of(action.target)
        if place is None:
            raise Rejected("the action names no ticket and no customer")
        record, marker = self._record(*place), marker_of(key)
        writes = mapping.writes_for(action, record)
        missing = _missing(writes, record, marker, self._user)
        if not missing:
            return Receipt(outcome="unchanged", reference=marker)
        for part in missing:
            self._write(part, place, writes, marker, str(record["version"]))
        return Receipt(outcome="changed", reference=marker, detail=", ".join(missing))

    def _write(self, part: str, place: tuple[str, str], writes: mapping.Writes, marker: str, version: str) -> None:
        if part == "change":
            self.client.patch(*place, body={**(writes.change or {}), "change_id": marker}, version=version)
        elif part == "note":
            self.client.post(*place, "notes", body={"body": f"{writes.note}\n\n[{marker}]", "public": False})
        else:
            self.client.put(*place, writes.shelf, marker, body=dict(writes.item or {}))

    def _record(self, kind: str, key: str) -> Mapping[str, Any]:
        record = self.client.get(kind, key)
        if lacking := [name for name in mapping.EVERY_RECORD[kind] if name not in record]:
            raise Rejected(f"the helpdesk's answer is not one of its {kind}: it has no `{lacking[0]}`")
        return record

    def _events(self, *path: str, **query: str) -> list[Mapping[str, Any]]:
        events = self.client.get(*path, **query).get("events")
        if not isinstance(events, list) or not all(_is_event(event) for event in events):
            raise Rejected("the helpdesk's answer is not a list of events")
        return events

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """Interactions since the cursor; the first call only marks the present. Raises AdapterError."""
        if cursor is None:
            return [], self._newest()
        events: list[Mapping[str, Any]] = []
        while (page := self._events("events", after=cursor)) and page[-1]["id"] != cursor:
            events += page
            cursor = page[-1]["id"]
        found = [_readable(event) for event in self._not_ours(events)]
        return [one for one in found if one], cursor

    def _newest(self) -> str:
        newest = self.client.get("events", "newest").get("id")
        if not isinstance(newest, str):
            raise Rejected("the helpdesk's answer does not name its newest event")
        return newest

    def _not_ours(self, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [event for event in events if event.get("by") != self._user]

    def health(self) -> Health:
        """Ask the helpdesk who we are to it."""
        try:
            name = self.client.get("me").get("name")
        except AdapterError as error:
            return Health(ok=False, detail=str(error))
        if name != self._user:
            return Health(ok=False, detail=f"the token belongs to `{name}`, but `user` is `{self._user}`")
        return Health(ok=True, detail=f"connected as `{name}`")

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def spec(settings_schema: Mapping[str, Any]) -> AdapterSpec:
    """How careengine makes this adapter."""

    def create(settings: Mapping[str, Any]) -> Adapter:
        return DemoAdapter(settings)

    return AdapterSpec(name="demo", create=create, capabilities=CAPABILITIES, settings_schema=settings_schema)


def _missing(writes: mapping.Writes, record: Mapping[str, Any], marker: str, user: str) -> list[str]:
    """Which parts are not written yet; only what we ourselves wrote counts as written."""
    noted = any(note["by"] == user and note["body"].endswith(f"[{marker}]") for note in record["notes"])
    changed = any(change["id"] == marker and change["by"] == user for change in record["changes"])
    parts = {
        "change": writes.change is not None and not changed,
        "item": writes.item is not None and marker not in record[writes.shelf],
        "note": bool(writes.note) and not noted,
    }
    return [part for part, wanted in parts.items() if wanted]


def _delivery(body: bytes) -> str:
    """The delivery's own id; a proven body without one (`parse` will say so) is named by its hash."""
    try:
        delivery = json.loads(body)["delivery"]
    except (ValueError, LookupError, TypeError, RecursionError):
        delivery = None
    usable = isinstance(delivery, str) and 0 < len(delivery) <= _LONGEST_ID
    return delivery if usable else hashlib.sha256(body).hexdigest()


def _readable(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The interaction in an event; of one that cannot be read the id alone, so that somebody sees it."""
    try:
        return mapping.interaction_of(event)
    except PayloadError:
        return {"id": event["id"], "source": "demo"}


def _is_event(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("id"), str)


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)["event"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise PayloadError([PayloadProblem(pointer="/event", message="a delivery holds one event")]) from error
    if not isinstance(event, dict):
        raise PayloadError([PayloadProblem(pointer="/event", message="an event is an object")])
    return event
