"""The adapter against the real product, proven by the conformance kit."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import careengine_django_helpdesk
import pytest

from careengine.testing import AdapterConformance, CaseState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.real_helpdesk.conftest import Helpdesk

    from careengine import Action, Adapter, AdapterSpec, WebhookRequest

pytestmark = pytest.mark.crm
_customers = count(1)


class HelpdeskUnderTest:
    def __init__(self, helpdesk: Helpdesk, settings: Mapping[str, Any], note: Action) -> None:
        self.helpdesk, self._settings, self.note, self.url = helpdesk, settings, note, helpdesk.url

    def settings(self, url: str) -> Mapping[str, Any]:
        return {**self._settings, "base_url": url}

    def wrong_credentials(self, url: str) -> Mapping[str, Any]:
        return {**self.settings(url), "token": "0" * 40}

    def make_case(self) -> str:
        return self.helpdesk.mail(f"Customer{next(_customers)}@Example.test", "It has not come")

    def missing_case(self) -> str:
        return "999999"

    def read_case(self, case: str) -> CaseState:
        ticket = self.helpdesk.ticket(case)
        notes = tuple(one["comment"] for one in ticket["followup_set"] if not one["public"])
        return CaseState(notes=notes, priority=str(ticket["priority"]), assignee=str(ticket["assigned_to"]))

    def contact(self, case: str) -> WebhookRequest:
        self.helpdesk.mail(self.helpdesk.ticket(case)["submitter_email"], "Where is it?", case)
        return self.helpdesk.last_webhook()

    def own_write(self, adapter: Adapter, case: str) -> WebhookRequest | None:
        adapter.apply(replace(self.note, target=f"case:{case}"), f"own-{case}")
        return self.helpdesk.last_webhook()

    def tampered(self, request: WebhookRequest) -> WebhookRequest:
        return replace(request, url=request.url[:-1] + "0")

    def params(self, action_type: str) -> Mapping[str, Any]:
        return {} if action_type == "note" else {"to": "tier-2", "level": 2, "priority": "high"}


class TestDjangoHelpdesk(AdapterConformance):
    @pytest.fixture
    def spec(self) -> AdapterSpec:
        return careengine_django_helpdesk.careengine_adapters()[0]

    @pytest.fixture
    def crm(self, listening: Helpdesk, adapter_settings: dict[str, Any], note: Action) -> HelpdeskUnderTest:
        return HelpdeskUnderTest(listening, adapter_settings, note)
