"""A classifier elsewhere can send a message to a person, and can hold up, break and learn nothing."""

from __future__ import annotations

import json
import logging
import math
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from careengine_conduct import embedding, plugin, read, remote
from careengine_conduct.remote import asked
from careengine_conduct.report import conduct
from careengine_conduct.second import Second, _second, second
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
    return Second(asked(url), patience)


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


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting is made, and none has been read."""
    for name in ("CONDUCT_REMOTE_URL", "CONDUCT_EMBEDDING", "CONDUCT_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    _second.cache_clear()
    yield
    _second.cache_clear()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("url", ["", " "])
def test_without_an_address_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", url)
    assert second() is None
    assert caplog.messages == []


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("classifier.internal/score", "it begins with neither `https://` nor `http://`"),
        ("classifier.internal:8080/score", "it begins with neither"),
        ("file:///etc/passwd", "it begins with neither"),
        ("ftp://x/", "it begins with neither"),
        ("https://", "it names no host"),
        ("http:/x/score", "it names no host"),
        (f"https://x:{SECRET}/", "its host or port cannot be read"),
        ("https://[::1/", "its host or port cannot be read"),
        (f"https://me:{SECRET}@x/", "it holds a name or password, which is not sent; use CONDUCT_REMOTE_TOKEN"),
        ("https://x/a score", "it holds a blank"),
        ("https://x/sc\u00f6re", "it holds a blank or another sign"),
    ],
)
def test_a_wrong_address_is_told_once_and_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str, why: str
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", url)
    assert [plugin.careengine_signals(said("hello"))["second_opinion"] for _ in range(3)] == ["failed"] * 3
    assert plugin.careengine_signals(said("You are an idiot"))["second_opinion"] == "none"
    [told_once] = caplog.records
    assert told_once.levelname == "ERROR"
    assert told_once.getMessage().startswith(f"CONDUCT_REMOTE_URL is no address that can be asked: {why}")
    assert "write it like `https://classifier.internal/score`" in told_once.getMessage()
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("fresh")
def test_a_wrong_address_does_not_switch_the_embedding_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedding, "ask", lambda _text, _language: 0.25)
    monkeypatch.setenv("CONDUCT_REMOTE_URL", "classifier.internal/score")
    monkeypatch.setenv("CONDUCT_EMBEDDING", "1")
    monkeypatch.setenv("CONDUCT_SECONDS", "5")
    other = second()
    assert other is not None
    assert other.opinion("hello", "") == ("given", 0.25)
    assert "The embedding is asked instead" in caplog.text


@pytest.mark.usefixtures("fresh")
def test_a_scheme_has_capitals_or_none(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", answers(httpserver, '{"score": 0.7}').replace("http:", "HTTP:"))
    monkeypatch.setenv("CONDUCT_SECONDS", "5")
    assert plugin.careengine_signals(said("hello"))["second_opinion"] == "given"
    assert [one for one in caplog.records if one.name.startswith("careengine")] == []


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("seconds", "patience", "wrong"),
    [
        ("", 0.3, False),
        ("2", 2, False),
        (" 0.5 ", 0.5, False),
        ("59.9", 59.9, False),
        ("abc", 0.3, True),
        ("0,5", 0.3, True),
        ("0", 0.3, True),
        ("-1", 0.3, True),
        ("60", 0.3, True),
        ("nan", 0.3, True),
        ("inf", 0.3, True),
    ],
)
def test_a_patience_that_makes_no_sense_is_told(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seconds: str,
    patience: float,
    wrong: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setenv("CONDUCT_REMOTE_URL", "https://classifier.internal/score")
    monkeypatch.setenv("CONDUCT_SECONDS", seconds)
    other = second()
    assert other is not None
    assert other._patience == patience
    why = f"CONDUCT_SECONDS is no number of seconds above 0 and below 60: `{seconds}`; write it like `0.5`."
    assert [f"{why} It is taken as 0.3"] * wrong == caplog.messages


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


def test_the_start_tells_of_settings_that_make_no_sense() -> None:
    wrong = {"CONDUCT_REMOTE_URL": "classifier.internal/score", "CONDUCT_EMBEDDING": "maybe", "CONDUCT_SECONDS": "abc"}
    done = subprocess.run(
        [sys.executable, "-m", "careengine", "conduct", "rules"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **wrong},
    )
    assert [name for name in wrong if done.stderr.count(f"{name} is n") != 1] == []
