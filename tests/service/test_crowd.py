"""There are so many connections and no more: who only holds one makes room for who has something to say."""

from __future__ import annotations

import resource
import socket
from contextlib import ExitStack
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from careengine.service.connections import MOST, room_for
from careengine.telemetry import metrics
from tests.service.conftest import event
from tests.service.test_door import held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Running, Start

ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(service: Running, lines: ExitStack) -> socket.socket:
    return lines.enter_context(socket.create_connection(service.address, timeout=10))


def ask(line: socket.socket) -> bytes:
    line.sendall(ASK)
    return line.recv(65536)


def test_the_one_that_is_idle_for_longest_makes_room(start: Start, lines: ExitStack) -> None:
    service = start(max_connections=4)
    first = connect(service, lines)
    assert b" 200 " in ask(first)
    second, third, fourth = (connect(service, lines) for _ in range(3))
    for line in (second, third, fourth, first):  # the first one was idle for longest until now
        assert b" 200 " in ask(line)
    with capture_logs() as logs:
        assert b" 200 " in ask(connect(service, lines))
        assert b" 200 " in ask(connect(service, lines))
    assert second.recv(10) == third.recv(10) == b""
    assert b" 200 " in ask(first)
    assert [entry["most"] for entry in logs if "connections are" in entry["event"]] == [4]  # said once


def test_where_all_are_at_work_a_new_one_is_told_to_come_back(
    start: Start, lines: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(max_connections=1)
    begun, go = held(monkeypatch)
    codes: list[int] = []
    work = Thread(target=lambda: codes.append(service.post("/v1/decide", event()).status_code))
    work.start()
    assert begun.wait(10)
    refused = connect(service, lines)
    answer = refused.recv(65536)
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"retry-after: 1\r\n" in answer
    assert answer.endswith(b"}")
    assert refused.recv(10) == b""
    go.set()
    work.join(20)
    assert codes == [200]
    assert b" 200 " in ask(connect(service, lines))


def test_they_are_counted(start: Start, lines: ExitStack) -> None:
    service = start()
    some = [connect(service, lines) for _ in range(5)]
    assert all(b" 200 " in ask(line) for line in some)
    assert metrics.CONNECTIONS._value.get() == 5
    for line in some:
        line.close()
    for _ in range(10_000):
        if metrics.CONNECTIONS._value.get() == 1:  # this test's own
            break
        service.get("/healthz")
    assert metrics.CONNECTIONS._value.get() == 1


@pytest.mark.parametrize(
    ("files", "said", "room"),
    [(1024, 0, 908), (200, 0, 100), (64, 0, 32), (2**20, 0, MOST), (resource.RLIM_INFINITY, 0, MOST), (200, 7, 7)],
)
def test_there_are_as_many_as_files_allow(monkeypatch: pytest.MonkeyPatch, files: int, said: int, room: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert room_for(said, 16) == room
