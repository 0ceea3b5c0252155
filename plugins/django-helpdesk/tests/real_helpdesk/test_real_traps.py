"""What the real helpdesk does that its API does not say, and what the adapter makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from careengine_django_helpdesk import DjangoHelpdesk
from careengine_django_helpdesk.client import Failed

from careengine import Action, AuthError, NotFound, Rejected
from careengine.testing import dead_url

if TYPE_CHECKING:
    from tests.real_helpdesk.conftest import Helpdesk

pytestmark = pytest.mark.crm
ADA = "ada@example.test"


@pytest.fixture
def adapter(adapter_settings: dict[str, Any]) -> DjangoHelpdesk:
    return DjangoHelpdesk(adapter_settings)


def on(action: Action, ticket: str, kind: str = "note", **params: Any) -> Action:
    return replace(action, target=f"case:{ticket}", type=kind, params={**action.params, **params})


def test_a_note_stands_once_though_the_webhooks_target_is_down(
    helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action
) -> None:
    ticket = helpdesk.open_ticket(ADA)
    helpdesk.send_webhooks_to(dead_url())
    try:
        with pytest.raises(Failed):  # the trap itself: it writes, then answers 500
            adapter.client.add_private_note(ticket, "written")
        first = adapter.apply(on(note, ticket), "k")
        second = adapter.apply(on(note, ticket), "k")
    finally:
        helpdesk.send_webhooks_to(None)
    assert (first.outcome, second.outcome) == ("changed", "unchanged")
    assert helpdesk.private_notes(ticket)[0] == "written"
    assert len(helpdesk.private_notes(ticket)) == 2


def test_a_note_leaves_the_tickets_title_alone(helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action) -> None:
    ticket = helpdesk.open_ticket(ADA)
    adapter.apply(on(note, ticket), "k")
    assert helpdesk.ticket(ticket)["title"] == "Order late"


@pytest.mark.parametrize(
    "text",
    ["{{ ticket.secret_key }}", "{% endverbatim %}{{ 1 }}", "{% load x %}", "{# gone #}", "%}{{{%", "{{ 1|2|3 }}"],
)
def test_a_note_is_not_run_as_a_template(helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action, text: str) -> None:
    ticket = helpdesk.open_ticket(ADA)
    adapter.apply(on(note, ticket, text=text), "k")
    (written,) = helpdesk.private_notes(ticket)
    assert "".join(written.split()).startswith("".join(text.split()))


def test_a_note_that_names_another_ticket_does_not_write_to_it(
    helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action
) -> None:
    other, ticket = helpdesk.open_ticket(ADA), helpdesk.open_ticket(ADA)
    adapter.apply(on(note, ticket, text=f"As in #{other}"), "k")
    assert helpdesk.private_notes(other) == []


def test_an_escalation_moves_the_ticket(helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action) -> None:
    ticket = helpdesk.open_ticket(ADA)
    adapter.apply(on(note, ticket, "escalate", to="tier-2", priority="urgent"), "k")
    found = helpdesk.ticket(ticket)
    assert (found["assigned_to"], found["queue"]) == (helpdesk.users["senior"], helpdesk.queues["escalations"])
    assert found["priority"] == 1


def test_a_user_that_does_not_exist_is_refused(helpdesk: Helpdesk, adapter: DjangoHelpdesk, note: Action) -> None:
    ticket = helpdesk.open_ticket(ADA)
    with pytest.raises(Rejected, match="refuses it") as refused:
        adapter.apply(on(note, ticket, "assign", to="nobody"), "k")
    assert "assigned_to" in refused.value.said
    assert helpdesk.private_notes(ticket) == []


def test_a_user_who_is_no_colleague_is_told_so(
    helpdesk: Helpdesk, adapter_settings: dict[str, Any], note: Action
) -> None:
    ticket = helpdesk.open_ticket(ADA)
    outsider = DjangoHelpdesk({**adapter_settings, "token": helpdesk.tokens["outsider"]})
    with pytest.raises(AuthError, match="staff"):
        outsider.apply(on(note, ticket), "k")
    assert "staff" in outsider.health().detail


def test_a_tickets_life_as_webhooks_tell_it(listening: Helpdesk, adapter: DjangoHelpdesk) -> None:
    def last() -> list[tuple[str, str | None]]:
        return [(event["type"], event.get("direction")) for event in adapter.parse(listening.last_webhook())]

    ticket = listening.mail("Ada@Example.test", "It has not come")
    assert last() == [("case.opened", "inbound"), ("interaction.received", "inbound")]
    listening.api("POST", "followups/", {"ticket": int(ticket), "comment": "We look into it", "public": True})
    assert last() == [("case.updated", "outbound")]
    listening.api("POST", "followups/", {"ticket": int(ticket), "comment": "Done", "public": True, "new_status": 4})
    assert last() == [("case.resolved", "outbound")]
    listening.mail("Ada@Example.test", "It is not", ticket)
    assert last() == [("interaction.received", "inbound"), ("case.reopened", "inbound")]
    listening.mail("Ada@Example.test", "Really not", ticket)
    assert last() == [("interaction.received", "inbound")]
    event = adapter.fetch(adapter.parse(listening.last_webhook())[0])
    assert event["customer"]["id"] == "ada@example.test"
    assert (event["case"]["status"], event["case"]["reopens"], event["case"]["team"]) == ("open", 1, "support")
    assert event["text"] == "Really not"


def test_history_has_what_webhooks_told(listening: Helpdesk, adapter: DjangoHelpdesk) -> None:
    ticket = listening.mail("hal@example.test", "It has not come")
    listening.mail("hal@example.test", "Where is it?", ticket)
    (told,) = adapter.parse(listening.last_webhook())
    entries = list(adapter.history("hal@example.test"))
    assert sorted(entry.kind for entry in entries) == ["cases", "interactions", "interactions"]
    assert told["id"] in {entry.ref for entry in entries}
    assert list(adapter.history("nobody@example.test")) == []


def test_a_deleted_ticket_is_left_out(helpdesk: Helpdesk, adapter: DjangoHelpdesk) -> None:
    _, cursor = adapter.reconcile(None)
    kept, deleted = helpdesk.open_ticket(ADA), helpdesk.open_ticket(ADA)
    helpdesk.api("DELETE", f"tickets/{deleted}/")
    events, _ = adapter.reconcile(cursor)
    assert {event["case"]["id"] for event in events} == {kept}
    with pytest.raises(NotFound):
        adapter.client.ticket(deleted)
