"""A classifier elsewhere can send a message to a person, and can hold up or break nothing."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from careengine_conduct import read
from careengine_conduct.remote import Remote, from_environment
from careengine_conduct.signals import told

if TYPE_CHECKING:
    from collections.abc import Iterator


class Service(ThreadingHTTPServer):
    """A classifier on loopback that answers what it is told to, when it is told to."""

    answer: bytes = b'{"score": 0.9}'
    asked: list[dict[str, str]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.go = [], threading.Event()
        self.go.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.server.go.wait(5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.go.set()
        made.shutdown()


def test_an_opinion_sends_to_review_and_flags_nothing(service: Service) -> None:
    opinion = Remote(service.url, 5).opinion("you are a peach", "en")
    assert (opinion, service.asked) == (("given", 0.9), [{"text": "you are a peach", "language": "en"}])
    signals = told(read("you are a peach"), opinion)
    assert (signals["category"], signals["severity"], signals["needs_review"]) == ("none", 0, True)
    assert (signals["score"], signals["second_opinion"]) == (0.9, "given")


def test_a_late_one_is_not_waited_for(service: Service) -> None:
    service.go.clear()
    start = time.monotonic()
    opinion = Remote(service.url, 0.1).opinion("You are an idiot", "en")
    assert time.monotonic() - start < 2
    signals = told(read("You are an idiot"), opinion)
    assert (signals["second_opinion"], signals["category"]) == ("late", "targeted_insult")


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b'{"score": "high"}', b'{"score": true}', b'{"score": NaN}', b"null"]
)
def test_nonsense_is_no_opinion(service: Service, answer: bytes) -> None:
    service.answer = answer
    opinion = Remote(service.url, 5).opinion("hello", "")
    assert opinion == ("failed", 0.0)
    assert told(read("hello"), opinion)["score"] == told(read("hello"))["score"]


def test_a_dead_service_is_no_opinion() -> None:
    assert Remote("http://127.0.0.1:9/", 2).opinion("hello", "").state in ("failed", "late")


def test_without_an_address_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAREENGINE_CONDUCT_REMOTE_URL", raising=False)
    assert from_environment() is None
    monkeypatch.setenv("CAREENGINE_CONDUCT_REMOTE_URL", "file:///etc/passwd")
    assert from_environment() is None
