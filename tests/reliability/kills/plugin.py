"""The adapter for the ledger CRM: reads before it writes, and says `unknown` where it cannot know."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import requests

from careengine import AdapterSpec, Capabilities, Health, OutcomeUnknown, Receipt, Retryable, Throttled, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine import Action

SECONDS = 0.2
TYPES = frozenset({"apologise", "fix", "offer", "escalate"})


class LedgerAdapter:
    """One account of the CRM. It takes no webhooks and remembers nothing of anybody."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = settings["base_url"]
        self._session = requests.Session()
        self._session.trust_env = False

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

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"nobody needs {name} here")


@hookimpl
def careengine_adapters() -> Sequence[AdapterSpec]:
    """The one adapter."""
    schema = {"type": "object", "properties": {"base_url": {"type": "string"}}}
    spec = AdapterSpec(
        name="ledger",
        create=LedgerAdapter,
        capabilities=Capabilities(actions=TYPES, webhook="none"),
        settings_schema=schema,
    )
    return [spec]
