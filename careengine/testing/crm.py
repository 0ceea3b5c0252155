"""What the conformance kit asks of a CRM under test: the one object that an adapter's author writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.adapter import Adapter, WebhookRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """What stands in the CRM now, read without the adapter: the notes' texts, priority and assignee in its words."""

    notes: tuple[str, ...]
    priority: str
    assignee: str


class CrmUnderTest(Protocol):
    """A CRM, real or faked, that the kit can look into and provoke. Every call may take a moment."""

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8102`, without a slash at the end."""
        ...

    def settings(self, url: str) -> Mapping[str, Any]:
        """Good settings, secrets resolved, for an adapter that finds this CRM at `url`."""
        ...

    def wrong_credentials(self, url: str) -> Mapping[str, Any]:
        """The same settings with credentials that the CRM refuses."""
        ...

    def make_case(self) -> str:
        """Open a fresh case of some customer and give its id."""
        ...

    def missing_case(self) -> str:
        """A case id of the right form that no case has."""
        ...

    def read_case(self, case: str) -> CaseState:
        """What stands in the CRM."""
        ...

    def contact(self, case: str) -> WebhookRequest:
        """Let the customer write on the case; the genuine delivery that the CRM sends for it."""
        ...

    def own_write(self, adapter: Adapter, case: str) -> WebhookRequest | None:
        """Let the adapter write on the case; the delivery that the CRM sends for it, None when it sends none."""
        ...

    def tampered(self, request: WebhookRequest) -> WebhookRequest:
        """The delivery as somebody without the secret could forge it."""
        ...

    def params(self, action_type: str) -> Mapping[str, Any]:
        """Parameters of an action of a declared type that this CRM can carry out, without `text`."""
        ...
