"""Nobody holds a connection by sending half a request."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from careengine.host import Host
from careengine.service import connections
from tests.service.conftest import event, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Running

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = json.dumps(event()).encode()
HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
    BODY
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(settings_in(tmp_path_factory.mktemp("service"), keep_alive_seconds=1), Host()) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)


@pytest.mark.parametrize("sent", [b"", b"GET", WHOLE[:-1], WHOLE + b"GET /"], ids=repr)
def test_half_a_request_is_not_waited_for(service: Running, sent: bytes) -> None:
    with socket.create_connection(service.address, timeout=10) as sock:
        sock.sendall(sent)
        while sock.recv(65536):
            pass


def test_a_rest_that_dribbles_in_after_the_answer_is_not_waited_for(service: Running) -> None:
    with socket.create_connection(service.address, timeout=10) as sock:
        sock.sendall(HEAD.replace(b"application/json", b"text/plain"))
        assert b" 415 " in sock.recv(65536)
        sock.sendall(b"{")  # which ends uvicorn's own waiting
        while sock.recv(65536):
            pass


def test_an_answer_has_its_time_however_late_the_body(service: Running) -> None:
    with socket.create_connection(service.address, timeout=0.5) as sock:
        for _ in range(2):
            sock.sendall(HEAD)
            with pytest.raises(TimeoutError):  # neither an answer nor an end
                sock.recv(1)
            sock.sendall(BODY)
            assert b" 200 " in sock.recv(65536)
