"""The adapter for the ledger CRM: reads before it writes, and says `unknown` where it cannot know.

The CRM signs its webhooks over the raw body: `{"delivery": "d-7", "event": {…}}`, where the event is an interaction.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import requests

from careengine import (
    AdapterSpec,
    Capabilities,
    Health,
    OutcomeUnknown,
    Receipt,
    Retryable,
    SignatureError,
    Throttled,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine import Action, WebhookRequest

SECONDS = 0.2
TYPES = frozenset({"apologise", "fix", "offer", "escalate"})
SIGNATURE = "x-ledger-signature"


def signature(secret: str, body: bytes) -> str:
    """What the CRM writes on a webhook to prove itself."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class LedgerAdapter:
    """One account of the CRM. It remembers nothing of anybody."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = settings["base_url"]
        self._secret = settings["webhook_secret"]
        self._session = requests.Session()
        self._session.trust_env = False

    def verify(self, request: WebhookRequest) -> str:
        given = request.headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given.encode(), signature(self._secret, request.body).encode()):
            raise SignatureError("the signature is not that of this body")
        return str(json.loads(request.body)["delivery"])

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:  # noqa: ARG002
        return requests.codes.ok, b""

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        return [json.loads(request.body)["event"]]

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self._call("GET", event["case"]["id"])  # adds nothing here, and fails as often as any other call
        return event

    def history(self, customer: str) -> Sequence[Any]:  # noqa: ARG002
        return ()

    def apply(self, action: Action, key: str) -> Receipt:
        case = action.target.removeprefix("case:")
        if any(write["key"] == key for write in self._call("GET", case)):
            return Receipt(outcome="unchanged", reference=key)
        self._call("POST", case, {"key": key, "type": action.type})
        return Receipt(outcome="changed", reference=key)

    def _call(self, method: str, case: str, body: dict[str, str] | None = None) -> Any:
        unsure = Retryable if method == "GET" else OutcomeUnknown
        try:
            sent = {"Sent": repr(time.monotonic())}
            answer = self._session.request(method, f"{self._url}/{case}", json=body, headers=sent, timeout=SECONDS)
        except requests.RequestException as error:
            raise unsure("no answer") from error
        if answer.status_code == requests.codes.too_many_requests:
            raise Throttled(float(answer.headers["Retry-After"]))
        if not answer.ok:
            raise unsure(f"answered {answer.status_code}")
        return answer.json()

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Any], str | None]:  # noqa: ARG002
        return (), None

    def health(self) -> Health:
        return Health(ok=True, detail="it listens")


@hookimpl
def careengine_adapters() -> Sequence[AdapterSpec]:
    """The one adapter."""
    options = {"base_url": {"type": "string"}, "webhook_secret": {"type": "string", "x-secret": True}}
    spec = AdapterSpec(
        name="ledger",
        create=LedgerAdapter,
        capabilities=Capabilities(actions=TYPES, webhook="signed"),
        settings_schema={"type": "object", "properties": options, "required": list(options)},
    )
    return [spec]
