"""Actions carried out once: read first, the record last, and no guess when the answer is lost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from careengine_django_helpdesk import DjangoHelpdesk
from careengine_django_helpdesk.writing import _comment, marker_of
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request, Response

from careengine import Action, OutcomeUnknown, Rejected, Retryable, Unsupported

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer


def action(kind: str = "note", target: str = "case:7", **params: Any) -> Action:
    params = {"text": "Third contact in 7 days", **params}
    return Action(id="a1", type=kind, status="execute", target=target, params=params, policies=(), because="")


class Desk:
    """A helpdesk with one ticket, played over HTTP; `fails` says how a new note is answered."""

    def __init__(self, server: HTTPServer, **fields: Any) -> None:
        self.notes: list[dict[str, Any]] = []
        self.ticket = {"id": 7, "priority": 3, "assigned_to": None, "queue": 1, "followup_set": self.notes, **fields}
        self.changes: list[dict[str, Any]] = []
        self.fails, self.keeps = 0, True
        server.expect_request("/api/tickets/7/", method="GET").respond_with_handler(self._tell)
        server.expect_request("/api/tickets/7/", method="PATCH").respond_with_handler(self._change)
        server.expect_request("/api/followups/", method="POST").respond_with_handler(self._note)
        roles = {"tier-2": {"user": 3, "queue": 2}, "lead": {"user": 4}}
        settings = {"token": "12345678", "webhook_secret": "0123456789abcdef", "roles": roles}
        self.adapter = DjangoHelpdesk({**settings, "base_url": server.url_for("")})

    def _tell(self, _: Request) -> Response:
        return _json(self.ticket)

    def _change(self, request: Request) -> Response:
        self.changes.append(request.get_json())
        self.ticket |= request.get_json()
        return _json(self.ticket)

    def _note(self, request: Request) -> Response:
        said = request.get_json()
        assert "title" not in said, "the helpdesk would make it the ticket's title"
        note = {"id": len(self.notes) + 1, "user": 1, "public": said["public"], "comment": said["comment"]}
        if self.keeps:
            self.notes.append(note)
        return Response(status=self.fails) if self.fails else _json(note, 201)


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


@pytest.fixture
def desk(httpserver: HTTPServer) -> Desk:
    return Desk(httpserver)


def test_an_escalation_moves_the_ticket_and_leaves_a_record(desk: Desk) -> None:
    receipt = desk.adapter.apply(action("escalate", to="tier-2", priority="urgent"), "k")
    assert (receipt.outcome, receipt.reference) == ("changed", "1")
    assert desk.changes == [{"assigned_to": 3, "queue": 2, "priority": 1}]
    assert desk.notes[0]["comment"] == f"Third contact in 7 days\n\n{marker_of('k')}"
    assert desk.notes[0]["public"] is False


def test_done_is_done_even_when_a_colleague_changed_it_back(desk: Desk) -> None:
    desk.adapter.apply(action("escalate", to="tier-2"), "k")
    desk.ticket |= {"assigned_to": 9, "queue": 1}
    assert desk.adapter.apply(action("escalate", to="tier-2"), "k").outcome == "unchanged"
    assert (desk.ticket["assigned_to"], len(desk.changes), len(desk.notes)) == (9, 1, 1)


@pytest.mark.parametrize(
    ("present", "asked", "then"), [(1, "high", 1), (3, "high", 2), (5, "low", 4), (None, "low", 4)]
)
def test_an_escalation_never_lowers_the_priority(
    httpserver: HTTPServer, present: int | None, asked: str, then: int
) -> None:
    desk = Desk(httpserver, priority=present)
    desk.adapter.apply(action("escalate", to="lead", priority=asked), "k")
    assert desk.ticket["priority"] == then


def test_an_assignment_leaves_the_priority_alone(desk: Desk) -> None:
    desk.adapter.apply(action("assign", to="lead", priority="urgent"), "k")
    assert desk.changes == [{"assigned_to": 4}]


def test_what_is_so_already_is_only_recorded(httpserver: HTTPServer) -> None:
    desk = Desk(httpserver, assigned_to=4)
    assert desk.adapter.apply(action("assign", to="lead"), "k").outcome == "changed"
    assert (desk.changes, len(desk.notes)) == ([], 1)


def test_a_role_without_a_place_is_refused_before_anything_is_written(desk: Desk) -> None:
    with pytest.raises(Rejected, match="role `tier-9` has no place in the helpdesk; `roles` has `lead`, `tier-2`"):
        desk.adapter.apply(action("escalate", to="tier-9"), "k")
    assert (desk.changes, desk.notes) == ([], [])


@pytest.mark.parametrize("target", ["", "customer:ada@x.test", "case:"])
def test_an_action_without_a_ticket_is_refused(desk: Desk, target: str) -> None:
    with pytest.raises(Rejected, match="no ticket"):
        desk.adapter.apply(action(target=target), "k")


def test_an_action_that_only_the_note_tells_of(desk: Desk) -> None:
    with pytest.raises(Unsupported):
        desk.adapter.apply(action("offer"), "k")


def test_a_500_after_writing_counts_as_written(desk: Desk) -> None:
    desk.fails = 500
    assert desk.adapter.apply(action(), "k").outcome == "changed"
    assert desk.adapter.apply(action(), "k").outcome == "unchanged"
    assert len(desk.notes) == 1


def test_a_500_that_wrote_nothing_is_tried_again(desk: Desk) -> None:
    desk.fails, desk.keeps = 500, False
    with pytest.raises(Retryable):
        desk.adapter.apply(action(), "k")
    desk.fails, desk.keeps = 0, True
    assert desk.adapter.apply(action(), "k").outcome == "changed"


def test_a_gateway_that_gave_up_leaves_it_unknown(desk: Desk) -> None:
    desk.fails, desk.keeps = 504, False
    with pytest.raises(OutcomeUnknown):
        desk.adapter.apply(action(), "k")


def test_it_stays_unknown_when_nobody_can_look(httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request("/api/tickets/7/").respond_with_json({"id": 7, "followup_set": []})
    httpserver.expect_oneshot_request("/api/followups/").respond_with_data(status=504)
    httpserver.expect_request("/api/tickets/7/").respond_with_data(status=429, headers={"Retry-After": "1"})
    adapter = DjangoHelpdesk(
        {"token": "12345678", "webhook_secret": "0123456789abcdef", "base_url": httpserver.url_for("")}
    )
    with pytest.raises(OutcomeUnknown):
        adapter.apply(action(), "k")


def test_a_customer_cannot_claim_that_it_was_done(desk: Desk) -> None:
    desk.notes.append({"id": 1, "user": None, "public": True, "comment": marker_of("k")})
    assert desk.adapter.apply(action(), "k").outcome == "changed"


@given(st.text(alphabet="{}%# 1a\n\x00", max_size=40))
def test_no_note_speaks_to_the_helpdesk(text: str) -> None:
    comment = _comment(action(text=text), "k")
    assert not re.search(r"\{\{|\{%|\{#|%\}|#\d|\x00", comment)
    kept = re.sub(r"[\s\x00]", "", text) or "note"
    assert re.sub(r"\s", "", comment).startswith(kept), "blanks apart, the words are kept"


def test_done_is_done_even_when_the_role_lost_its_place(httpserver: HTTPServer) -> None:
    note = {"id": 1, "user": 1, "public": False, "comment": marker_of("k")}
    desk = Desk(httpserver, followup_set=[note])
    assert desk.adapter.apply(action("escalate", to="tier-9"), "k").outcome == "unchanged"


def test_what_was_undone_meanwhile_does_not_come_back_from_the_webhook(httpserver: HTTPServer) -> None:
    opening = {"id": 1, "date": "2026-03-02T09:00:00Z", "user": None, "public": True}
    desk = Desk(httpserver, submitter_email="Ada@X.test", followup_set=[opening])
    case = {"id": "7", "owner": "3", "team": "support", "subject": "old"}
    event = desk.adapter.fetch({"id": "followup-1", "case": case, "customer": {"id": "old"}})
    assert (event["case"].get("owner"), event["case"]["team"]) == (None, "support")
    assert event["customer"]["id"] == "ada@x.test"
