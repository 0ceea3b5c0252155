"""The adapter: what careengine asks of a CRM, answered by a django-helpdesk site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine import AdapterError, Health
from careengine_django_helpdesk import webhooks
from careengine_django_helpdesk.catching_up import contacts_of, since
from careengine_django_helpdesk.client import Client
from careengine_django_helpdesk.facts import case_facts, customer_facts, other_facts
from careengine_django_helpdesk.options import Options
from careengine_django_helpdesk.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine import Action, Entry, Receipt, WebhookRequest


class DjangoHelpdesk:
    """One configured helpdesk. Every failure is an AdapterError or an InboundError."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.options = Options.read(settings)
        self.client = Client(self.options.base_url, self.options.token, self.options.timeout_seconds)

    def verify(self, request: WebhookRequest) -> str:
        """Compare the secret in the address; the delivery's id. Raises SignatureError."""
        webhooks.check_secret(request.url, self.options.webhook_secrets)
        return webhooks.delivery_id(request.body)

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:  # noqa: ARG002  the helpdesk looks at no answer
        """Any answer will do."""
        return 200, b""

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        """The interactions that the newest follow-up stands for. Raises PayloadError."""
        return webhooks.interactions(request.body, self.options)

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The interaction with ticket and customer as they are now. Raises AdapterError."""
        ticket = self.client.ticket(str(event.get("case", {}).get("id", "")))
        full = {**event, **other_facts(ticket, self.options)}
        # Of the webhook's own words only the queue's name is kept: the API knows no more than its number.
        told = {name: value for name, value in event["case"].items() if name == "team"}
        full["case"] = told | case_facts(ticket, self.options)
        full["customer"] = customer_facts(ticket, self.options)
        return {name: value for name, value in full.items() if value != {}}

    def history(self, customer: str) -> Iterator[Entry]:
        """What the newest tickets tell of a customer. Raises AdapterError."""
        return contacts_of(customer, self.client, self.options)

    def apply(self, action: Action, key: str) -> Receipt:
        """Carry out an action once. Raises AdapterError."""
        return carry_out(action, key, self.client, self.options)

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """What follow-ups after the cursor tell; the first call only marks the present. Raises AdapterError."""
        return since(cursor, self.client, self.options)

    def health(self) -> Health:
        """Ask for one ticket."""
        try:
            tickets = self.client.page("tickets", 1, 1).count
        except AdapterError as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail=f"the helpdesk answers; it shows us {tickets} tickets")
