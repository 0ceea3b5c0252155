"""Whatever stands where a signature should stand: it is refused with 401, and never trips anything over."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

import careengine_demo
import careengine_django_helpdesk
import pytest
from careengine_demo.webhooks import SIGNATURE, TIMESTAMP, headers_for, sign
from hypothesis import given
from hypothesis import strategies as st

from careengine.host import Host, PluginInfo
from careengine.settings import AdapterSettings, DeliverySettings, Origin
from careengine.store import inbox, states
from tests.service.conftest import Running, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET, BEFORE = "planted-secret-of-today", "planted-secret-of-yesterday"
OPTIONS = {
    "base_url": "http://127.0.0.1:9",
    "token": {"file": "token"},
    "webhook_secret": {"file": "secret"},
    "previous_webhook_secret": {"file": "before"},
}
HEADERS = (TIMESTAMP, SIGNATURE)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("signatures")
    for name, text in (("token", "planted-token"), ("secret", SECRET), ("before", BEFORE)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    origins = dict.fromkeys(OPTIONS, Origin(label="the test", folder=folder))
    plugins, adapters = [], {}
    for module in (careengine_demo, careengine_django_helpdesk):
        (spec,) = module.careengine_adapters()
        plugins.append(PluginInfo(name=spec.name, distribution=spec.name, version="1", adapters=(spec,)))
        adapters[spec.name] = AdapterSettings(name=spec.name, type=spec.name, options=OPTIONS, origins=origins)
    quiet = DeliverySettings(reconcile_seconds=0, poll_seconds=60)
    settings = replace(settings_in(folder), adapters=adapters, delivery=quiet)
    with run(settings, Host(tuple(plugins))) as running:
        running.app.delivery.stop(10)  # what is kept is looked at, not worked off
        yield running


def send(service: Running, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> int:
    """Send it byte for byte; gives the status."""
    lines = [b"Host: care.example", b"Content-Length: %d" % len(body), b"Connection: close"]
    lines += [name + b": " + value for name, value in headers]
    start = b"POST " + path.encode("latin-1") + b" HTTP/1.1\r\n"
    answer = service.raw(start + b"\r\n".join(lines) + b"\r\n\r\n" + body)
    return int(answer.split(b" ", 2)[1])


def kept(service: Running, adapter: str) -> list[str]:
    with service.app.store.read() as reader:
        found = inbox.in_state(reader, "default", states.DUE, 10_000)
    return [one.delivery for one in found if one.adapter == adapter]


# What a header may hold on the wire: no control characters but the tab.
_BYTES = st.binary(max_size=200).map(lambda raw: bytes(byte for byte in raw if byte == 9 or 31 < byte != 127))
_WORDS = st.sampled_from(
    [
        b"",
        b"v1=",
        b"v1=" + b"0" * 64,
        b"sha256=",
        b"\xff\xfe",
        b"t=1,v1=",
        b"\xc2\xb2",
        b"9" * 400,
        b"-1",
        b"1e9",
        b"nan",
    ]
)
_MANY = st.integers(1, 100).map(lambda count: b",".join([b"v1=" + b"a" * 32] * count))
_VALUES = _BYTES | _WORDS | _MANY | st.integers(0, 2**40).map(lambda number: b"%d" % number)


@given(
    headers=st.lists(st.tuples(st.sampled_from([name.encode() for name in HEADERS]), _VALUES), max_size=6),
    body=st.binary(max_size=300),
)
def test_no_header_proves_anything_to_the_demo(
    service: Running, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    assert send(service, "/webhooks/demo", headers, body) == 401


@given(values=st.lists(_VALUES, max_size=6), body=st.binary(max_size=300), name=st.sampled_from(["secret", "Secret"]))
def test_no_query_proves_anything_to_the_helpdesk(
    service: Running, values: list[bytes], body: bytes, name: str
) -> None:
    query = "&".join(f"{name}={quote_from_bytes(value)}" for value in values)
    assert send(service, f"/webhooks/django-helpdesk?{query}", [], body) == 401


@given(raw=st.binary(max_size=60))
def test_nor_does_a_query_that_is_none(service: Running, raw: bytes) -> None:
    text = bytes(byte for byte in raw if 32 < byte < 127 and byte != 35).decode()
    assert send(service, f"/webhooks/django-helpdesk?{text}", [], b"{}") == 401


def test_more_headers_than_anybody_honest_sends_are_not_even_read(service: Running) -> None:
    many = [(SIGNATURE.encode(), b"v1=" + b"a" * 64)] * 1000
    assert send(service, "/webhooks/demo", many, b"{}") == 431
    assert kept(service, "demo") == []


def wire(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def delivery(name: str) -> bytes:
    return json.dumps({"delivery": name, "event": {}}).encode()


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_signature_is_over_every_byte_as_it_was_sent(service: Running, place: int, byte: int) -> None:
    body = delivery("d-bytes")
    at = place % len(body)
    changed = body[:at] + bytes([byte]) + body[at + 1 :]
    if changed != body:
        assert send(service, "/webhooks/demo", wire(headers_for([SECRET], int(time.time()), body)), changed) == 401
    assert send(service, "/webhooks/demo", wire(headers_for([SECRET], int(time.time()), body)), body + b" ") == 401


@pytest.mark.parametrize("off", [-301, -86_400, 301, 10**9])
def test_an_old_or_early_delivery_is_refused_however_well_signed(service: Running, off: int) -> None:
    body = delivery("d-old")
    assert send(service, "/webhooks/demo", wire(headers_for([SECRET], int(time.time()) + off, body)), body) == 401


@pytest.mark.parametrize("secrets", [[SECRET], [BEFORE], [BEFORE, SECRET], ["wrong"] * 6 + [SECRET]])
def test_while_a_secret_is_changed_both_prove_the_sender(service: Running, secrets: list[str]) -> None:
    body = delivery(f"d-{secrets}")
    assert send(service, "/webhooks/demo", wire(headers_for(secrets, int(time.time()), body)), body) == 202
    hidden = {**headers_for(secrets, int(time.time()), body)}
    twice = [*wire(hidden), (SIGNATURE.encode(), sign("wrong", int(time.time()), body).encode())]
    assert send(service, "/webhooks/demo", twice, body) == 202  # known by its id already


@pytest.mark.parametrize("secret", [SECRET, BEFORE])
def test_the_helpdesk_may_change_its_secret_too(service: Running, secret: str) -> None:
    assert send(service, f"/webhooks/django-helpdesk?secret={secret}", [], b"[]") == 200
    assert send(service, f"/webhooks/django-helpdesk?secret={secret}&secret={secret}", [], b"[]") == 401
    assert send(service, f"/webhooks/django-helpdesk?secret={secret}x", [], b"[]") == 401


def test_a_replayed_delivery_is_kept_once_however_many_come_at_a_time(service: Running) -> None:
    body = delivery("d-replayed")
    headers = wire(headers_for([SECRET], int(time.time()), body))
    with ThreadPoolExecutor(8) as crowd:
        statuses = list(crowd.map(lambda _: send(service, "/webhooks/demo", headers, body), range(24)))
    assert statuses == [202] * 24
    assert kept(service, "demo").count("d-replayed") == 1
