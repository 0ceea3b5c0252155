"""Every odd answer of a helpdesk, over a real socket, and what it means for the caller."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from careengine_django_helpdesk.answers import DEFAULT_WAIT, LONGEST_WAIT, wait_of
from careengine_django_helpdesk.client import LARGEST_ANSWER, Client, Failed
from werkzeug import Request, Response

from careengine import (
    AdapterError,
    AuthError,
    Conflict,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Retryable,
    Throttled,
)
from careengine.testing import Answer, Loopback, dead_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_httpserver import HTTPServer

TOKEN = "t0ken-that-must-not-show"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def client(httpserver: HTTPServer) -> Client:
    return Client(httpserver.url_for("").rstrip("/"), TOKEN, 5)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, AuthError),
        (403, AuthError),
        (404, NotFound),
        (405, Rejected),
        (408, Retryable),
        (409, Conflict),
        (412, Conflict),
        (429, Throttled),
        (500, Retryable),
        (502, Retryable),
        (503, Retryable),
        (600, Retryable),
        (301, Rejected),
        (302, Rejected),
    ],
)
def test_a_status_says_what_to_do_next(
    client: Client, httpserver: HTTPServer, status: int, kind: type[AdapterError]
) -> None:
    httpserver.expect_request("/api/tickets/7/").respond_with_data(
        b"{}", status=status, headers={"Location": httpserver.url_for("/elsewhere")}
    )
    for call in (lambda: client.ticket("7"), lambda: client.change("7", {"priority": 1})):
        with pytest.raises(kind) as told:
            call()
        assert type(told.value) is kind
        assert TOKEN not in str(told.value)
    assert len(httpserver.log) == 2, "a redirect is not followed"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, Failed), (502, OutcomeUnknown), (504, OutcomeUnknown), (400, Rejected), (401, AuthError), (429, Throttled)],
)
def test_a_failed_note_may_have_been_written(
    client: Client, httpserver: HTTPServer, status: int, kind: type[AdapterError]
) -> None:
    httpserver.expect_request("/api/followups/").respond_with_data(b"", status=status)
    with pytest.raises(kind) as told:
        client.add_private_note("7", "a note")
    assert type(told.value) is kind


def test_what_a_refusal_says_is_told_briefly_apart_from_our_own_words(client: Client, httpserver: HTTPServer) -> None:
    said = b'{"priority": ["\xff is not a valid choice."]}' + b"x" * 5000
    httpserver.expect_request("/api/tickets/7/").respond_with_data(said, status=400)
    with pytest.raises(Rejected) as told:
        client.change("7", {"priority": 99})
    assert str(told.value) == "PATCH tickets/7/: the helpdesk refuses it (400)"
    assert "is not a valid choice" in told.value.said
    assert len(told.value.said) <= 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("1.5", 1.5),
        (" 12 ", 12),
        ("Mon, 02 Mar 2026 09:31:00 GMT", 60),
        ("Mon, 02 Mar 2026 09:31:00 -0000", 60),
        ("Mon, 02 Mar 2020 09:31:00 GMT", 0),
        ("999999999", LONGEST_WAIT),
        ("soon", DEFAULT_WAIT),
        ("-5", DEFAULT_WAIT),
        ("1e400", DEFAULT_WAIT),
        ("nan", DEFAULT_WAIT),
        ("٣", DEFAULT_WAIT),
        ("Mon, 99 Foo 2026 99:99:99 GMT", DEFAULT_WAIT),
        ("", DEFAULT_WAIT),
        (None, DEFAULT_WAIT),
    ],
)
def test_patience_is_read_leniently(text: str | None, seconds: float) -> None:
    assert wait_of(text, NOW).after == seconds


def test_a_dead_helpdesk_was_asked_nothing() -> None:
    client = Client(dead_url(), TOKEN, 5)
    for call in (lambda: client.ticket("7"), lambda: client.add_private_note("7", "a note")):
        with pytest.raises(Retryable):
            call()


class Silent(Loopback):
    """Takes a request and hangs up."""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:  # noqa: ARG002
        return None


def test_a_lost_connection_leaves_a_note_unknown() -> None:
    with Silent() as silent:
        client = Client(silent.url, TOKEN, 5)
        with pytest.raises(Retryable):
            client.ticket("7")
        with pytest.raises(Retryable):
            client.change("7", {"priority": 1})
        with pytest.raises(OutcomeUnknown):
            client.add_private_note("7", "a note")


def test_an_answer_that_is_too_large(client: Client, httpserver: HTTPServer) -> None:
    bomb = gzip.compress(b" " * (LARGEST_ANSWER + 1))
    httpserver.expect_request("/api/tickets/7/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    httpserver.expect_request("/api/followups/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Retryable, match="longer than"):
        client.ticket("7")
    with pytest.raises(OutcomeUnknown, match="longer than"):
        client.add_private_note("7", "a note")


def test_an_answer_that_trickles_is_given_up(httpserver: HTTPServer) -> None:
    def trickle(request: Request) -> Response:  # noqa: ARG001
        def drops() -> Iterator[bytes]:
            while True:
                yield b" " * 200_000

        return Response(drops(), content_type="application/json")

    httpserver.expect_request("/api/tickets/7/").respond_with_handler(trickle)
    client = Client(httpserver.url_for("").rstrip("/"), TOKEN, 0.05)
    with pytest.raises(Retryable):
        client.ticket("7")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 8, "followup_set": []}',
        b'{"id": 7, "followup_set": [1]}',
        b"\xff",
    ],
)
def test_an_answer_that_is_no_ticket(client: Client, httpserver: HTTPServer, body: bytes) -> None:
    httpserver.expect_request("/api/tickets/7/").respond_with_data(body)
    with pytest.raises(Retryable, match="base_url"):
        client.ticket("7")


@pytest.mark.parametrize("number", ["", "x", "-1", "7/../8", "٣", "1" * 40, "7 "])
def test_what_is_no_ticket_number_is_not_asked_for(client: Client, httpserver: HTTPServer, number: str) -> None:
    with pytest.raises(NotFound):
        client.ticket(number)
    assert httpserver.log == []


def test_cookies_and_credentials_of_others_stay_out(
    client: Client, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", dead_url())
    httpserver.expect_request("/api/tickets/7/").respond_with_json(
        {"id": 7, "followup_set": []}, headers={"Set-Cookie": "sessionid=1; Path=/"}
    )
    client.ticket("7")
    client.ticket("7")
    for request, _ in httpserver.log:
        assert request.headers["Authorization"] == f"Token {TOKEN}"
        assert "Cookie" not in request.headers


def test_a_list_that_became_shorter(client: Client, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/followups/").respond_with_data(b"", status=HTTPStatus.NOT_FOUND)
    assert client.page("followups", 3, 50).items == ()
    with pytest.raises(NotFound):
        client.page("followups", 1, 50)
