"""A classifier elsewhere can send a message to a person, and can hold up, break and learn nothing."""

from __future__ import annotations

import json
import logging
import math
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from careengine_conduct import plugin, read, remote
from careengine_conduct.remote import asked
from careengine_conduct.report import conduct
from careengine_conduct.second import Second, second
from careengine_conduct.signals import told
from click.testing import CliRunner
from werkzeug import Response

from careengine import Interaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer
    from werkzeug import Request

SECRET = "canary-token"


def said(text: str) -> Interaction:
    return Interaction(
        id="e-1",
        source="demo",
        type="interaction.received",
        occurred_at=datetime(2026, 3, 3, tzinfo=UTC),
        fields={"direction": "inbound", "text": text},
        document={},
    )


def seconded(url: str, patience: float = 5) -> Second:
    ask = asked(url)
    assert ask is not None
    return Second(ask, patience)


def answers(server: HTTPServer, body: bytes | str, status: int = 200, **headers: str) -> str:
    server.expect_request("/score").respond_with_data(body, status=status, headers=headers)
    return server.url_for("/score")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Opened at the latest when the test is over, so that nobody is left waiting."""
    made = threading.Event()
    yield made
    made.set()


def test_an_opinion_sends_to_review_and_flags_nothing(httpserver: HTTPServer) -> None:
    httpserver.expect_request(
        "/score", method="POST", json={"text": "you are a peach", "language": "en"}
    ).respond_with_json({"score": 0.9, "more": "is ignored"})
    opinion = seconded(httpserver.url_for("/score")).opinion("you are a peach", "en")
    assert opinion == ("given", 0.9)
    signals = told(read("you are a peach"), opinion)
    assert (signals["category"], signals["severity"], signals["needs_review"]) == ("none", 0, True)
    assert (signals["score"], signals["second_opinion"]) == (0.9, "given")


def test_a_late_one_is_not_waited_for_and_says_so(httpserver: HTTPServer, gate: threading.Event) -> None:
    def slowly(_: Request) -> Response:
        gate.wait(5)
        return Response('{"score": 0.9}')

    httpserver.expect_request("/score").respond_with_handler(slowly)
    one = seconded(httpserver.url_for("/score"), 0.1)
    start = time.monotonic()
    assert one.opinion("hello", "en").state == "late"
    for _ in range(50):
        one.opinion("hello", "en")  # four calls are stuck, and the others wait for nothing
    assert time.monotonic() - start < 2
    assert told(read("hello"), one.opinion("hello", "en"))["second_opinion"] == "late"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "], ids=["body", "headers"])
def test_an_answer_in_drops_is_not_waited_for_and_ends(
    start: bytes, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.sendall(start)
                while not gate.wait(0.02):
                    connection.sendall(b" ")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        one = seconded(f"http://127.0.0.1:{listening.getsockname()[1]}/", 0.1)
        begun = time.monotonic()
        assert [one.opinion("hello", "").state for _ in range(5)] == ["late"] * 5
        assert time.monotonic() - begun < 2
        while stuck := [thread for thread in threading.enumerate() if thread.name == "conduct-second"]:
            stuck[0].join(5)
            assert time.monotonic() - begun < 5
        assert one._free._value == 4  # every place is free again


def test_without_a_thread_there_is_no_opinion_and_no_place_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Second(lambda _text, _language: 0.9, 5)

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", none_left)
        assert [one.opinion("hello", "") for _ in range(5)] == [("failed", 0.0)] * 5
    assert one.opinion("hello", "") == ("given", 0.9)


@pytest.mark.parametrize("score", [True, False, math.nan, math.inf, 1.01, "0.9", None])
def test_what_is_no_number_from_0_to_1_is_no_opinion(score: Any) -> None:
    assert Second(lambda _text, _language: score, 5).opinion("hello", "") == ("failed", 0.0)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{",
        "[]",
        "null",
        '{"score": "high"}',
        '{"score": "0.9"}',
        '{"score": true}',
        '{"score": null}',
        '{"score": NaN}',
        '{"score": Infinity}',
        '{"score": 1.01}',
        '{"score": -0.01}',
        f'{{"score": 1{"0" * 400}}}',
        '{"scores": [0.9]}',
        "[" * 60_000,
        '{"score": 0.9, "padding": "' + "x" * 100_000 + '"}',
        b"\xff\xfe\x00",
    ],
    ids=[f"nonsense-{number}" for number in range(17)],
)
def test_nonsense_is_no_opinion(httpserver: HTTPServer, answer: bytes | str) -> None:
    opinion = seconded(answers(httpserver, answer)).opinion("hello", "")
    assert opinion == ("failed", 0.0)
    assert told(read("hello"), opinion)["score"] == told(read("hello"))["score"]


@pytest.mark.parametrize("status", [202, 204, 400, 401, 404, 429, 500, 503])
def test_only_an_answer_that_is_well_counts(httpserver: HTTPServer, status: int) -> None:
    assert seconded(answers(httpserver, '{"score": 0.9}', status)).opinion("hello", "").state == "failed"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    httpserver: HTTPServer, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_TOKEN", SECRET)
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/elsewhere").respond_with_json({"score": 0.9})
    url = answers(httpserver, "", status, Location=httpserver.url_for("/elsewhere"))
    assert seconded(url).opinion("canary words", "").state == "failed"
    assert [request.path for request, _ in httpserver.log] == ["/score"]
    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {SECRET}"
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("werkzeug")]
    assert [line for line in ours if SECRET in line or "canary" in line] == []


def test_a_dead_service_is_no_opinion() -> None:
    assert seconded("http://127.0.0.1:9/", 2).opinion("hello", "").state in ("failed", "late")


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x/", "classifier.internal/score"])
def test_without_an_address_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", url)
    assert second() is None


def test_the_verb_shows_whether_it_works(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", answers(httpserver, "", 500))
    monkeypatch.setenv("CONDUCT_SECONDS", "5")
    shown = json.loads(CliRunner().invoke(conduct, ["read"], input="hello").stdout)
    assert shown["second"] == {"state": "failed", "score": 0.0}


@pytest.mark.parametrize(("words", "state"), [("hello", "given"), ("You are an idiot", "none")])
def test_the_hook_asks_where_no_rule_found_anything(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, words: str, state: str
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", answers(httpserver, '{"score": 0.7}'))
    monkeypatch.setenv("CONDUCT_SECONDS", "5")
    signals: Any = plugin.careengine_signals(said(words))
    assert signals["second_opinion"] == state
    assert len(httpserver.log) == (state == "given")
