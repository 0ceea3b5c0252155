"""The demo adapter against the shipped conformance kit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import careengine_demo
import pytest
from careengine_demo.testing import StagedCrm

from careengine import Action, Adapter, AdapterSpec, WebhookRequest
from careengine.testing import AdapterConformance, CaseState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


PARAMS: dict[str, dict[str, Any]] = {
    "offer": {"family": "goodwill", "amount": "10.00 GBP", "expires": "30d"},
    "assign": {"to": "recovery-lead"},
    "escalate": {"to": "tier-2", "level": 2, "priority": "high", "next_update": "4h"},
    "contact": {"purpose": "care", "how": "call_back", "channels": ["phone"], "apologise": True, "to": "tier-1"},
    "nominate": {"to": "team-lead", "employee": "agent-01", "quote": "She stayed until it worked."},
    "support": {"measures": ["may_end_contact"], "employee": "agent-01"},
    "alert": {"to": "duty-manager", "within": "5m"},
    "flag": {"to": "team-lead", "within": "1d"},
    "review": {"to": "team-lead"},
    "restrict": {"restriction": "a_1f00", "step": "suspension", "to": "director", "kept": ["entitlements"]},
    "notice": {"restriction": "a_1f00", "step": "suspension", "notice": "We are writing to you."},
    "lift": {"restriction": "a_1f00", "step": "suspension", "why": "its time is over"},
}


@pytest.fixture(scope="module")
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


class DemoCrm:
    """The running demo CRM as the kit asks for it."""

    def __init__(self, crm: StagedCrm) -> None:
        self._crm = crm
        self.settings, self.make_case = crm.settings, crm.make_case

    @property
    def url(self) -> str:
        return self._crm.url

    def wrong_credentials(self, url: str) -> Mapping[str, Any]:
        return {**self.settings(url), "token": "another-token-altogether"}

    def missing_case(self) -> str:
        return "T-999999"

    def read_case(self, case: str) -> CaseState:
        ticket = self._crm.ticket(case)
        written = [note["body"] for note in ticket["notes"]]
        # What the kit calls notes is all that a person reads on the ticket: offers and tasks count, too.
        written += [str(item["content"]) for shelf in ("offers", "tasks") for item in ticket[shelf].values()]
        return CaseState(notes=tuple(written), priority=ticket["priority"], assignee=str(ticket["assignee"]))

    def contact(self, case: str) -> WebhookRequest:
        self._crm.ask("POST", f"tickets/{case}/messages", json={"text": "Any news?", "channel": "email"})
        return self._crm.webhook("ticket.message", case)

    def own_write(self, adapter: Adapter, case: str) -> WebhookRequest | None:
        number = len(self._crm.ticket(case)["changes"])
        asked = Action(
            id=f"own-{number}",
            type="assign",
            status="execute",
            target=f"case:{case}",
            params={"to": "recovery-lead", "text": "Hand it over"},
            policies=("conformance",),
            because="",
        )
        adapter.apply(asked, f"own-{case}-{number}")
        return self._crm.webhook("ticket.changed", case)

    def tampered(self, request: WebhookRequest) -> WebhookRequest:
        return replace(request, body=request.body.replace(b"Any news?", b"Free money"))

    def params(self, action_type: str) -> Mapping[str, Any]:
        return PARAMS.get(action_type, {})


class TestDemoAdapter(AdapterConformance):
    """All of the kit, none of it skipped."""

    @pytest.fixture
    def spec(self) -> AdapterSpec:
        return careengine_demo.careengine_adapters()[0]

    @pytest.fixture
    def crm(self, running: StagedCrm) -> DemoCrm:
        return DemoCrm(running)
