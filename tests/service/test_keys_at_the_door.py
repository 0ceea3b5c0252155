from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as hook

from careengine.errors import StoreError
from careengine.host import Host
from careengine.store import keys
from tests.service.conftest import event, run, settings_in
from tests.service.test_door import held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Running

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(settings_in(tmp_path_factory.mktemp("keys"), auth="keys"), Host()) as running:
        yield running


def make(service: Running, *scopes: str, tenant: str = "default", expires_at: datetime | None = None) -> str:
    with service.app.store.write() as transaction:
        return keys.make(transaction, tenant, "test", scopes, NOW, expires_at)


def status(service: Running, key: str, method: str = "GET", path: str = "/v1/decisions") -> int:
    body = event() if method == "POST" else None
    headers = {"Authorization": f"Bearer {key}"}
    return service.session.request(method, service.url + path, json=body, headers=headers, timeout=10).status_code


ROUTES = [("POST", "/v1/interactions"), ("POST", "/v1/decide"), ("GET", "/v1/decisions"), ("GET", "/v1/actions")]


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ((), set()),
        (("interactions:write",), {"/v1/interactions", "/v1/decide"}),
        (("decisions:read",), {"/v1/decisions", "/v1/actions"}),
        (("admin",), {path for _, path in ROUTES}),
    ],
)
def test_a_key_opens_what_its_scopes_say(service: Running, scopes: tuple[str, ...], allowed: set[str]) -> None:
    key = make(service, *scopes)
    got = {path: status(service, key, method, path) for method, path in ROUTES}
    assert got == {path: 200 if path in allowed else 403 for _, path in ROUTES}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer ce_1_2", "Bearer \xff"])
def test_without_a_good_key_the_answer_says_how_to_get_in(service: Running, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = service.get("/v1/decisions", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:careengine:problem:unauthorized"


def test_a_wrong_secret_a_revoked_and_an_expired_key_do_not_open(service: Running) -> None:
    key = make(service, "admin")
    assert status(service, key) == 200
    assert status(service, key[:-1] + ("A" if key[-1] != "A" else "B")) == 401
    assert status(service, make(service, "admin", expires_at=NOW - timedelta(seconds=1))) == 401
    with service.app.store.write() as transaction:
        keys.revoke(transaction, "default", key.split("_")[1], NOW)
    assert status(service, key) == 401


def test_a_refused_body_is_not_even_read(service: Running) -> None:
    answer = service.raw(b"POST /v1/interactions HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    assert b" 401 " in answer.split(b"\r\n", 1)[0]


def test_a_key_of_another_tenant_opens_nothing(service: Running) -> None:
    """The rules, adapters and figures behind this door are those of one tenant."""
    theirs = {"Authorization": f"Bearer {make(service, 'admin', tenant='other')}"}
    assert service.post("/v1/interactions", event(), headers=theirs).status_code == 401
    assert service.get("/v1/decisions", headers=theirs).status_code == 401


def test_the_last_use_is_noted(service: Running) -> None:
    key = make(service, "admin")
    status(service, key)
    with service.app.store.write() as reader:  # in its turn, after what was handed on before
        (kept,) = [each for each in keys.of_tenant(reader, "default") if each.id == key.split("_")[1]]
    assert kept.last_used_at is not None


def test_a_use_that_cannot_be_noted_keeps_nobody_out_and_is_not_tried_at_every_call(service: Running) -> None:
    key, engine, tries = make(service, "decisions:read"), service.app.store.engine, []

    def only_reads(raw: Any, *_: object) -> None:
        raw.execute("PRAGMA query_only=ON").close()

    def count(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        tries.extend([statement] * (statement == "BEGIN IMMEDIATE"))

    hook.listen(engine, "checkout", only_reads)
    hook.listen(engine, "before_cursor_execute", count)
    try:
        assert [status(service, key) for _ in range(3)] == [200, 200, 200]
        with pytest.raises(StoreError):
            service.app.store.submit(lambda _: None).result(10)  # in its turn, after what was handed on before
    finally:
        hook.remove(engine, "checkout", only_reads)
        hook.remove(engine, "before_cursor_execute", count)
        engine.dispose()  # with the connections that only read
    assert len(tries) <= 2  # one is this test's


def test_a_key_waits_neither_for_the_database_to_be_written_nor_for_what_others_do(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make(service, "admin")
    with service.app.store.write():  # nobody else writes meanwhile
        assert service.get("/v1/decisions", headers={"Authorization": f"Bearer {key}"}).elapsed.total_seconds() < 4
    begun, go = held(monkeypatch)
    senders = [Thread(target=status, args=(service, key, "POST", "/v1/decide")) for _ in range(12)]
    for sender in senders:
        sender.start()
    try:
        assert begun.wait(10)
        assert status(service, key, "POST", "/v1/interactions") == 200
    finally:
        go.set()
        for sender in senders:
            sender.join(10)


def test_what_probes_and_newcomers_ask_needs_no_key(service: Running) -> None:
    for path in ("/", "/healthz", "/readyz", "/openapi.json"):
        assert service.get(path).status_code == 200
