"""A CRM in memory, small enough to read at a glance: what the tutorial's adapter talks to.

Its API, with `Authorization: Bearer tiny-token`:

- `GET /me` gives `{"user": "careengine"}`
- `GET /cases/1` gives `{"id": "1", "priority": "normal", "owner": "", "customer": "ada@example.test", "notes": [...]}`,
  each note being `{"id": 1, "author": "careengine", "text": "..."}`
- `POST /cases/1/notes` with `{"text": "..."}` adds one and answers it with status 201

Its webhooks are `{"delivery": "d-1", "at": "2026-03-02T09:30:00Z", "case": "1", "author": "customer", "text": "..."}`,
signed by `X-Tiny-Signature`: the HMAC-SHA256 of the body with the secret, in hex.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from careengine.model.adapter import WebhookRequest
from careengine.model.decision import EXECUTE, Action
from careengine.testing.crm import CaseState
from careengine.testing.loopback import Answer, Loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.adapter import Adapter

TOKEN, SECRET = "tiny-token", "tiny-secret"
AT = "2026-03-02T09:30:00Z"


class TinyCrm(Loopback):
    """The CRM itself, and the `CrmUnderTest` that the conformance kit needs. Use it in a `with` statement."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[str, dict[str, Any]] = {}
        self._numbers = count(1)
        self._last: WebhookRequest | None = None

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The API."""
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _json(401, {"error": "who are you?"})
        if path == "/me":
            return _json(200, {"user": "careengine"})
        _, kind, number, *rest = [*path.split("/"), "", ""]
        case = self.cases.get(number) if kind == "cases" else None
        if case is None:
            return _json(404, {"error": "no such case"})
        return self._add_note(case, body) if method == "POST" and rest[:1] == ["notes"] else _json(200, case)

    def _add_note(self, case: dict[str, Any], body: bytes) -> Answer:
        note = {"id": next(self._numbers), "author": "careengine", "text": json.loads(body)["text"]}
        case["notes"].append(note)
        self._last = self._webhook(case["id"], "careengine", note["text"])
        return _json(201, note)

    def _webhook(self, case: str, author: str, text: str) -> WebhookRequest:
        told = {"delivery": f"d-{next(self._numbers)}", "at": AT, "case": case, "author": author, "text": text}
        body = json.dumps(told).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-tiny-signature": signature}
        return WebhookRequest(method="POST", url="http://127.0.0.1/webhooks/tiny", headers=headers, body=body)

    def settings(self, url: str) -> Mapping[str, Any]:
        """Good settings."""
        return {"base_url": url, "token": TOKEN, "webhook_secret": SECRET}

    def wrong_credentials(self, url: str) -> Mapping[str, Any]:
        """Settings with a token that nobody has."""
        return {**self.settings(url), "token": "stolen-and-revoked"}

    def make_case(self) -> str:
        """A fresh case."""
        number = str(next(self._numbers))
        customer = f"customer-{number}@example.test"
        self.cases[number] = {"id": number, "priority": "normal", "owner": "", "customer": customer, "notes": []}
        return number

    def missing_case(self) -> str:
        """A case that nobody opened."""
        return "0"

    def read_case(self, case: str) -> CaseState:
        """What stands in memory."""
        found = self.cases[case]
        notes = tuple(note["text"] for note in found["notes"])
        return CaseState(notes=notes, priority=found["priority"], assignee=found["owner"])

    def contact(self, case: str) -> WebhookRequest:
        """The customer writes."""
        return self._webhook(case, "customer", "Where is my order?")

    def own_write(self, adapter: Adapter, case: str) -> WebhookRequest | None:
        """The adapter writes a note."""
        adapter.apply(_note(case), f"own-{case}")
        return self._last

    def tampered(self, request: WebhookRequest) -> WebhookRequest:
        """Another text under the old signature."""
        return replace(request, body=request.body.replace(b"Where", b"There"))

    def params(self, action_type: str) -> Mapping[str, Any]:  # noqa: ARG002  it only knows notes
        """Notes need nothing more."""
        return {}


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(value).encode())


def _note(case: str) -> Action:
    return Action(
        id=f"own-{case}",
        type="note",
        status=EXECUTE,
        target=f"case:{case}",
        params={"text": "Written by the adapter", "case": case},
        policies=(),
        because="",
    )
