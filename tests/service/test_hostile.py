"""Bodies, headers and request lines from people who mean no good: clear answers, never 5xx, never a reset."""

from __future__ import annotations

import json
import socket

import pytest
from structlog.testing import capture_logs

from careengine.service.problems import MEDIA_TYPE
from tests.service.conftest import Running, event

JSON = "application/json"
GOOD = json.dumps(event(id="good")).encode()

BODIES = {
    "empty": (b"", 400),
    "blank": (b"   ", 400),
    "cut off": (GOOD[:-1], 400),
    "two values": (GOOD + GOOD, 400),
    "nan": (b'{"id": NaN}', 400),
    "infinity": (b'{"id": 1e999}', 400),
    "comment": (b"{/* */}", 400),
    "not utf-8": (GOOD.replace(b"good", b"\xff\xfe"), 400),
    "utf-16": (json.dumps(event()).encode("utf-16"), 400),
    "surrogate": (GOOD.replace(b"good", b"\\ud800"), 400),
    "surrogate bytes": (GOOD.replace(b"good", b"\xed\xa0\x80"), 400),
    "raw nul": (GOOD.replace(b"good", b"\x00"), 400),
    "member twice": (GOOD[:-1] + b', "id": "other"}', 400),
    "deep lists": (b"[" * 100_000, 400),
    "deep objects": (b'{"a":' * 41 + b"1" + b"}" * 41, 400),
    "nul": (GOOD.replace(b"good", b"\\u0000"), 422),
    "nul in a name": (GOOD.replace(b'"id"', b'"i\\u0000d"'), 422),
    "huge number": (GOOD.replace(b'"days_late": 4', b'"days_late": 99999999999999999999999999'), 422),
    "int64 and one": (GOOD.replace(b'"days_late": 4', b'"days_late": 9223372036854775808'), 422),
    "null": (b"null", 422),
    "number": (b"5", 422),
    "text": (b'"x"', 422),
    "empty object": (b"{}", 422),
    "lists in a list": (b"[[[]]]", 207),
    "impossible date": (GOOD.replace(b"2026-03-02T", b"2026-02-30T"), 422),
    "year 0": (GOOD.replace(b"2026-03-02T", b"0000-01-01T"), 422),
    "first year": (GOOD.replace(b"2026-03-02T09:30:00Z", b"0001-01-01T00:00:00+14:00"), 422),
    "long id": (GOOD.replace(b"good", b"x" * 100_000), 422),
    "many members": (b"{" + b",".join(b'"m%d":1' % n for n in range(20_000)) + b"}", 422),
    "too large": (b"[" + b"1," * 200_000 + b"1]", 413),
}

TYPES = {
    "": 415,
    "text/plain": 415,
    "application/xml": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "application/jsonx": 415,
    "application/json; charset=latin-1": 415,
    "application/json; charset=utf-16": 415,
    "application/json;charset=UTF-8": 200,
    'Application/JSON; charset="utf-8"': 200,
    "application/vnd.acme+json": 200,
}


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/decide"])
@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_get_clear_refusals(service: Running, name: str, path: str) -> None:
    body, status = BODIES[name]
    answer = service.post(path, data=body, headers={"Content-Type": JSON})
    assert answer.status_code == (422 if status == 207 and path == "/v1/decide" else status)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.json()["status"] == answer.status_code
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("content_type", TYPES)
def test_only_json_in_utf_8_is_read(service: Running, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = service.post("/v1/decide", data=GOOD, headers=headers)
    assert answer.status_code == TYPES[content_type]


def test_a_compressed_body_is_refused(service: Running) -> None:
    answer = service.post("/v1/decide", data=b"x", headers={"Content-Type": JSON, "Content-Encoding": "gzip"})
    assert answer.status_code == 415


HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

RAW = {
    "a small lie about the length": (HEAD + b"Content-Length: 2\r\n\r\n{}{}{}", b" 400 "),
    "a gigantic length": (HEAD + b"Content-Length: 99999999999999\r\n\r\n{}", b" 413 "),
    "a length past any number": (HEAD + b"Content-Length: 9999999999999999999999999\r\n\r\n{}", b" 400 "),
    "a negative length": (HEAD + b"Content-Length: -5\r\n\r\n{}", b" 400 "),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b" 400 "),
    "length and chunks": (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b" 400 "),
    "broken chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", b" 400 "),
    "chunks past the limit": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 8 + b"0\r\n\r\n",
        b" 413 ",
    ),
    "good chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD),
        b" 200 ",
    ),
    "asking first with too much": (HEAD + b"Content-Length: 500000\r\nExpect: 100-continue\r\n\r\n", b" 413 "),
    "a host that is none": (b"GET / HTTP/1.1\r\nHost: a b\xff[::\r\n\r\n", b" 200 "),
    "no host": (b"GET / HTTP/1.0\r\n\r\n", b" 200 "),
    "a broken line": (b"NONSENSE\r\n\r\n", b" 400 "),
    "an unknown method": (b"PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n", b" 405 "),
    "a websocket": (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b" 200 "),
    "odd escapes": (b"GET /v1/decisions/%ff%00%2e%2e%2f HTTP/1.1\r\nHost: x\r\n\r\n", b" 404 "),
    "a long path": (b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b" 404 "),
    "a large header": (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 60_000 + b"\r\n\r\n", b" 431 "),
    "many headers": (
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(4000)) + b"\r\n",
        b" 431 ",
    ),
    "odd bytes in headers": (b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n", b" 200 "),
    "odd query": (b"GET /v1/decisions?limit=%00&a=%ff HTTP/1.1\r\nHost: x\r\n\r\n", b" 400 "),
    "a foreign digit": (b"GET /v1/decisions?limit=%D9%A5 HTTP/1.1\r\nHost: x\r\n\r\n", b" 400 "),
}


@pytest.mark.parametrize("name", RAW)
def test_hostile_requests_get_an_answer(service: Running, name: str) -> None:
    sent, expected = RAW[name]
    answer = service.raw(sent)
    assert answer.startswith(b"HTTP/1.1"), answer
    assert expected in answer.split(b"\r\n", 1)[0] + b" "


def test_a_body_that_never_comes_is_not_waited_for_for_ever(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("careengine.service.bodies.READ_SECONDS", 0.1)
    answer = service.raw(HEAD + b"Content-Length: 100\r\n\r\n{")
    assert b" 408 " in answer.split(b"\r\n", 1)[0]


def test_a_sender_who_leaves_half_way_harms_nobody(service: Running) -> None:
    with capture_logs() as logs:
        with socket.create_connection(service.address) as sock:
            sock.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        for _ in range(500):
            assert service.get("/healthz").status_code == 200
            if 499 in [line.get("status") for line in logs]:
                return
    raise AssertionError("nobody noticed")


def test_a_large_upload_gets_to_read_its_refusal(service: Running) -> None:
    answer = service.post("/v1/decide", data=b" " * 5_000_000, headers={"Content-Type": JSON})
    assert answer.status_code == 413
    assert answer.headers["Connection"] == "close"
