"""Every way in which a call to the helpdesk can end has its name."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from careengine_demo.client import Client
from careengine_demo.faults import Fault
from careengine_demo.testing import TOKEN, StagedCrm
from hypothesis import given
from hypothesis import strategies as st

from careengine import AdapterError, AuthError, Conflict, NotFound, OutcomeUnknown, Rejected, Retryable, Throttled
from careengine.testing import dead_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


NOW = 1_772_530_000.0


@pytest.fixture(scope="module")
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


def client_for(url: str, token: str = TOKEN) -> Client:
    return Client(url, token, lambda: NOW, read_seconds=0.3)


@pytest.fixture
def client(running: StagedCrm) -> Iterator[Client]:
    client = client_for(running.url)
    yield client
    client.close()


@pytest.fixture
def odd() -> Iterator[Callable[[bytes], Client]]:
    """Makes clients of a server that reads one request, says these bytes and hangs up."""
    closing: list[Callable[[], None]] = []

    def serve(answer: bytes) -> Client:
        server = socket.create_server(("127.0.0.1", 0))

        def work() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(answer)

        thread = threading.Thread(target=work)
        thread.start()
        client = client_for(f"http://127.0.0.1:{server.getsockname()[1]}")
        closing.extend([client.close, thread.join, server.close])
        return client

    yield serve
    for close in closing:
        close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, AuthError),
        (403, AuthError),
        (404, NotFound),
        (408, Retryable),
        (409, Conflict),
        (410, NotFound),
        (412, Conflict),
        (422, Rejected),
        (425, Retryable),
        (429, Throttled),
        (500, Retryable),
        (503, Retryable),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_status_has_its_error(
    running: StagedCrm, client: Client, method: str, status: int, error: type[AdapterError]
) -> None:
    running.helpdesk.faults.order(Fault(method=method, status=status))
    with pytest.raises(error):
        client.get("me") if method == "GET" else client.post("tickets", body={})


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_gave_up_leaves_a_write_unknown(running: StagedCrm, client: Client, status: int) -> None:
    running.helpdesk.faults.order(Fault(status=status), Fault(method="GET", status=status))
    with pytest.raises(OutcomeUnknown):
        client.post("tickets", body={})
    with pytest.raises(Retryable):
        client.get("me")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("", 5),
        ("-3", 0),
        ("soon", 5),
        ("nan", 5),
        ("inf", 5),
        ("999999999", 3600),
        ("Tue, 03 Mar 2026 09:28:00 GMT", 1_772_530_080 - NOW),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", 5),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heard(running: StagedCrm, client: Client, header: str, seconds: float, status: int) -> None:
    running.helpdesk.faults.order(Fault(method="GET", status=status, retry_after=header))
    with pytest.raises((Throttled, Retryable)) as told:
        client.get("me")
    # A 503 that names no time is an ordinary failure.
    assert isinstance(told.value, Throttled if header or status == 429 else Retryable)
    if isinstance(told.value, Throttled):
        assert told.value.after == seconds


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_retry_after_gives_a_sane_wait(header: str) -> None:
    assert 0 <= client_for("http://127.0.0.1")._seconds(header) <= 3600


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_answer_is_lost_is_unknown(running: StagedCrm, client: Client, method: str, when: str) -> None:
    case = running.make_case()
    calls = {
        "POST": lambda: client.post("tickets", case, "notes", body={"body": "hello"}),
        "PUT": lambda: client.put("tickets", case, "tasks", "t-1", body={"kind": "fix"}),
        "PATCH": lambda: client.patch("tickets", case, body={"level": 3}, version="1"),
    }
    running.helpdesk.faults.order(Fault(method=method, drop=when))
    with pytest.raises(OutcomeUnknown):
        calls[method]()
    # The two cases look the same from here; only reading again tells them apart.
    assert running.ticket(case)["version"] == (2 if when == "after" else 1)


def test_a_read_whose_answer_is_lost_can_be_repeated(running: StagedCrm, client: Client) -> None:
    running.helpdesk.faults.order(Fault(method="GET", drop="before"))
    with pytest.raises(Retryable):
        client.get("me")
    assert client.get("me")["name"] == "careengine"


def test_a_server_that_hangs_up_without_a_word_leaves_a_write_unknown(odd: Callable[[bytes], Client]) -> None:
    with pytest.raises(OutcomeUnknown):
        odd(b"").post("tickets", body={})


def test_a_server_that_says_nothing_in_time_leaves_a_write_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_for(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(OutcomeUnknown):
            client.post("tickets", body={})
        client.close()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff", b"[" * 50_000])
def test_an_answer_that_is_no_object_leaves_a_write_unknown(odd: Callable[[bytes], Client], body: bytes) -> None:
    head = b"HTTP/1.1 201 Created\r\ncontent-length: %d\r\n\r\n" % len(body)
    with pytest.raises(OutcomeUnknown):
        odd(head + body).post("tickets", body={})


def test_a_helpdesk_that_is_not_there_got_nothing() -> None:
    client = client_for(dead_url())
    with pytest.raises(Retryable):
        client.post("tickets", body={})
    client.close()


def test_a_redirect_is_not_followed(odd: Callable[[bytes], Client], running: StagedCrm) -> None:
    head = f"HTTP/1.1 307 Elsewhere\r\nlocation: {running.url}/api/tickets\r\ncontent-length: 0\r\n\r\n"
    before = len(running.records.tickets)
    with pytest.raises(Rejected, match="307"):
        odd(head.encode()).post("tickets", body={"customer": "C-1"})
    assert len(running.records.tickets) == before


def test_the_proxy_of_the_environment_is_not_used(running: StagedCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", dead_url())
    monkeypatch.setenv("http_proxy", dead_url())
    client = client_for(running.url)
    assert client.get("me")["name"] == "careengine"
    client.close()


@pytest.mark.parametrize("key", ["../me", "..", ".", "", "T-1/../../me", "me?x=1", "me#", "%2e%2e", "\u2603", "a b"])
def test_no_id_reaches_another_path(client: Client, key: str) -> None:
    with pytest.raises(NotFound):
        client.get("tickets", key)


def test_a_stale_version_is_a_conflict(running: StagedCrm, client: Client) -> None:
    case = running.make_case()
    client.patch("tickets", case, body={"level": 1}, version="1")
    with pytest.raises(Conflict, match=r"^the helpdesk answered 412$") as told:
        client.patch("tickets", case, body={"level": 2}, version="1")
    assert 'version "2"' in told.value.said
    with pytest.raises(Rejected, match=r"^the helpdesk answered 428$") as refused:
        client._call("PATCH", ("tickets", case), {"level": 2})
    assert "If-Match" in refused.value.said
    assert running.ticket(case)["level"] == 1


def test_a_wrong_token_never_shows_in_the_message(running: StagedCrm) -> None:
    client = client_for(running.url, token="a-wrong-but-secret-token")
    with pytest.raises(AuthError) as refused:
        client.get("me")
    assert "a-wrong-but-secret-token" not in str(refused.value)
    client.close()


def test_a_request_that_cannot_be_built_is_rejected(running: StagedCrm) -> None:
    client = client_for(running.url, token="two\nlines")
    with pytest.raises(Rejected):
        client.post("tickets", body={})
    client.close()
