"""Follow-ups become interactions: what happened, who did it, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest
from careengine_django_helpdesk.events import all_events
from careengine_django_helpdesk.options import Options
from jsonschema import Draft202012Validator

from careengine import PayloadError
from careengine.resources import schema

OURS, DESK, SENIOR = 1, 2, 3
SETTINGS: dict[str, Any] = {
    "base_url": "https://help.example.test/desk/",
    "token": "12345678",
    "webhook_secret": "0123456789abcdef",
    "user": OURS,
}
OPENING = {"title": "Ticket Opened Via Web", "comment": "It has not come", "public": True}
MAIL = {"title": "E-Mail Received from ada@x.test", "comment": "Where?", "public": True, "message_id": "<1@x>"}


def ticket(*followups: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A ticket with its opening and these follow-ups, a minute apart."""
    life = [
        {
            "id": 10 + at,
            "date": f"2026-03-02T09:{at:02}:00+01:00",
            "user": None,
            "message_id": None,
            "new_status": None,
            "public": False,
            **one,
        }
        for at, one in enumerate([OPENING, *followups])
    ]
    base = {"id": 7, "queue": 1, "title": "Order late", "submitter_email": "Ada@X.test", "status": 1, "priority": 3}
    return {**base, "assigned_to": None, "on_hold": False, "merged_to": None, "followup_set": life, **fields}


def told(*followups: dict[str, Any], settings: dict[str, Any] | None = None, **fields: Any) -> list[dict[str, Any]]:
    """The interactions behind the opening's two."""
    events = list(all_events(ticket(*followups, **fields), Options.read({**SETTINGS, **(settings or {})})))
    validator = Draft202012Validator(schema("interaction"))
    for event in events:
        assert [error.message for error in validator.iter_errors(event)] == []
    return events[2:]


def kinds(*followups: dict[str, Any]) -> list[str]:
    return [event["type"] for event in told(*followups)]


def test_opening_a_ticket_is_a_case_and_a_contact() -> None:
    opened, contact = all_events(ticket(), Options.read(SETTINGS))
    assert (opened["id"], opened["type"]) == ("ticket-7-opened", "case.opened")
    assert (contact["id"], contact["type"], contact["direction"]) == ("followup-10", "interaction.received", "inbound")
    assert contact["text"] == "It has not come"
    assert "text" not in opened
    assert contact["occurred_at"] == "2026-03-02T08:00:00Z"
    assert contact["customer"] == {"id": "ada@x.test", "email": "ada@x.test"}
    assert contact["actor"] == {"type": "customer"}
    assert contact["issue"] == {"id": "7"}
    assert contact["case"] == {
        "id": "7",
        "subject": "Order late",
        "status": "open",
        "priority": "normal",
        "opened_at": "2026-03-02T08:00:00Z",
        "reassignments": 0,
        "reopens": 0,
        "url": "https://help.example.test/desk/tickets/7/",
    }


def test_a_customers_mail_is_a_contact() -> None:
    (event,) = told(MAIL)
    assert (event["id"], event["type"], event["direction"]) == ("followup-11", "interaction.received", "inbound")
    assert (event["channel"], event["text"], event["actor"]) == ("email", "Where?", {"type": "customer"})


def test_what_colleagues_write_is_no_contact() -> None:
    public, private = told({"user": DESK, "public": True, "comment": "Soon"}, {"user": DESK, "comment": "Hm"})
    assert (public["type"], public["direction"]) == ("case.updated", "outbound")
    assert (private["type"], private["direction"]) == ("case.updated", "internal")
    assert public["actor"] == {"type": "agent", "id": "2"}
    assert "text" not in private


def test_the_helpdesks_own_escalation_job_is_not_the_customer() -> None:
    (event,) = told({"title": "Ticket Escalated", "public": True, "comment": "after 3 days"})
    assert (event["type"], event["actor"]) == ("case.updated", {"type": "system"})


def test_resolving_and_reopening() -> None:
    resolved, reopened = {"user": DESK, "new_status": 3}, {**MAIL, "new_status": 2}
    assert kinds(resolved) == ["case.resolved"]
    assert kinds(resolved, reopened) == ["case.resolved", "interaction.received", "case.reopened"]
    assert kinds(resolved, {"user": DESK, "new_status": 4}) == ["case.resolved", "case.updated"]
    # The helpdesk repeats the status with every mail on a reopened ticket; only the first one reopened it.
    assert kinds(resolved, reopened, reopened)[3:] == ["interaction.received"]
    assert told(resolved, reopened)[0]["case"]["reopens"] == 1


def test_a_second_assignment_is_a_transfer() -> None:
    first, second = ({"user": DESK, "title": f"Assigned to {name}"} for name in ("ada", "bob"))
    assert kinds(first) == ["case.updated"]
    assert kinds(first, second) == ["case.updated", "case.transferred"]
    assert kinds(first, {**second, "title": "Assigned to bob and Resolved", "new_status": 3})[1:] == [
        "case.resolved",
        "case.transferred",
    ]
    assert told(first, second)[0]["case"]["reassignments"] == 1


def test_opening_a_ticket_for_somebody_assigns_it() -> None:
    life = ticket({"user": DESK, "title": "Assigned to bob"})
    life["followup_set"][0] |= {"user": DESK, "title": "Ticket Opened & Assigned to ada"}
    assert [event["type"] for event in all_events(life, Options.read(SETTINGS))][2:] == ["case.transferred"]


def test_a_customer_cannot_feign_an_assignment() -> None:
    assert kinds({**MAIL, "title": "Assigned to x"}, {**MAIL, "title": "Assigned to y"}) == ["interaction.received"] * 2


def test_our_own_writes_are_dropped() -> None:
    marked = "Escalated\n\n[care:0123456789abcdef]"
    assert kinds({"user": OURS, "comment": "anything"}) == []
    assert kinds({"user": DESK, "comment": marked}) == [], "the token may belong to somebody else"
    assert kinds({**MAIL, "comment": marked}) == ["interaction.received"], "a customer cannot hide behind our mark"
    assert kinds({"user": DESK, "public": True, "comment": marked}) == ["case.updated"]


def test_custom_fields_become_facts() -> None:
    settings = {
        "customer_id": "custom_number",
        "fields": {"customer.tier": "custom_tier", "failure.days_late": "custom_late", "order.id": "custom_order"},
        "queues": {"support": 1},
    }
    (event,) = told(MAIL, settings=settings, custom_number="C-7", custom_tier="gold", custom_late=4, custom_order=None)
    assert event["customer"] == {"id": "C-7", "email": "ada@x.test", "tier": "gold"}
    assert event["failure"] == {"days_late": 4}
    assert event["case"]["team"] == "support"
    assert "order" not in event


@pytest.mark.parametrize(
    ("fields", "path", "found"),
    [
        ({"priority": 5}, "priority", "low"),
        ({"priority": 17}, "priority", None),
        ({"priority": None}, "priority", None),
        ({"status": 99}, "status", None),
        ({"status": 2, "on_hold": True}, "status", "waiting_other"),
        ({"status": 3, "on_hold": True}, "status", "resolved"),
        ({"assigned_to": 3}, "owner", "3"),
        ({"title": "x" * 5000}, "subject", "x" * 1000),
        ({"title": "\x00"}, "subject", None),
    ],
)
def test_odd_values(fields: dict[str, Any], path: str, found: str | None) -> None:
    assert told(MAIL, **fields)[0]["case"].get(path) == found


def test_words_that_no_database_takes_are_cleaned() -> None:
    assert told({**MAIL, "comment": " a\x00b\ud800c " + "x" * 200_000})[0]["text"].startswith("abc x")
    assert "text" not in told({**MAIL, "comment": " \x00 "})[0]


def test_nobody_knows_whose_ticket_it_is() -> None:
    assert "customer" not in told(MAIL, submitter_email=None)[0]


def test_merged_tickets_are_one_issue() -> None:
    assert told(MAIL, merged_to=3)[0]["issue"] == {"id": "3"}


@pytest.mark.parametrize("date", ["2026-03-02T09:30:00", "yesterday", None, 7])
def test_a_date_that_cannot_be_placed(date: Any) -> None:
    with pytest.raises(PayloadError, match="instant"):
        told({**MAIL, "date": date})


@pytest.mark.parametrize("followups", [None, {}, [1], [{}], [{"id": "7"}], [{"id": True}]])
def test_follow_ups_of_another_shape(followups: Any) -> None:
    with pytest.raises(PayloadError, match="follow-up"):
        told(followup_set=followups)
