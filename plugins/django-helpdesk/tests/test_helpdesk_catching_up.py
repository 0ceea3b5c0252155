"""Reconciling over a real socket: from where it was, without what is gone, and nothing broken keeps others back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import careengine_django_helpdesk
import pytest

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from careengine import Adapter

AT = "2026-03-02T09:30:00Z"


@pytest.fixture
def adapter(httpserver: HTTPServer) -> Adapter:
    [spec] = careengine_django_helpdesk.careengine_adapters()
    url = httpserver.url_for("").rstrip("/")
    return spec.create({"base_url": url, "token": "12345678", "webhook_secret": "0123456789abcdef"})


def _followup(number: int, ticket: int, **more: Any) -> dict[str, Any]:
    written = {"id": number, "ticket": ticket, "title": "Mail", "comment": "Where?", "message_id": "<1@x>"}
    return {**written, "date": AT, "user": None, "new_status": None, "public": True, **more}


def _site(httpserver: HTTPServer, *followups: dict[str, Any]) -> None:
    httpserver.clear()
    listed = {"count": len(followups), "results": list(followups)}
    httpserver.expect_request("/api/followups/").respond_with_json(listed)
    for number in {one["ticket"] for one in followups if one["ticket"] != 404}:
        life = [one for one in followups if one["ticket"] == number]
        ticket = {"id": number, "submitter_email": "ada@x.test", "status": 1, "priority": 3, "queue": 1}
        httpserver.expect_request(f"/api/tickets/{number}/").respond_with_json({**ticket, "followup_set": life})
    httpserver.expect_request("/api/tickets/404/").respond_with_data(b"{}", status=404)


def _ids(found: Any) -> list[str]:
    return [event["id"] for event in found]


def test_it_marks_the_present_and_goes_on_from_there(adapter: Adapter, httpserver: HTTPServer) -> None:
    old = [_followup(1, 7), _followup(2, 8)]
    _site(httpserver, *old)
    assert adapter.reconcile(None) == ([], "2")
    _site(httpserver, *old, _followup(3, 8), _followup(4, 404), _followup(5, 7), _followup(6, 9))
    found, cursor = adapter.reconcile("2")
    assert (_ids(found), cursor) == (["followup-3", "followup-5", "ticket-9-opened", "followup-6"], "6")
    assert adapter.reconcile(cursor) == ([], "6")


def test_a_site_where_nothing_was_written_yet(adapter: Adapter, httpserver: HTTPServer) -> None:
    _site(httpserver)
    assert adapter.reconcile(None) == ([], "0")
    _site(httpserver, _followup(1, 7))
    assert _ids(adapter.reconcile("0")[0]) == ["ticket-7-opened", "followup-1"]


def test_what_cannot_be_read_is_named_and_keeps_no_other_back(adapter: Adapter, httpserver: HTTPServer) -> None:
    _site(httpserver, _followup(1, 7), _followup(2, 8), _followup(3, 7, date="2026-03-02"), _followup(4, 8))
    found, cursor = adapter.reconcile("2")
    assert (_ids(found), cursor) == (["followup-3", "followup-4"], "4")
    assert found[0] == {"id": "followup-3", "source": "django-helpdesk", "case": {"id": "7"}}
