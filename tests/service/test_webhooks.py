from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from careengine import Action, AdapterSpec, Capabilities, Health, Receipt, SignatureError, WebhookRequest
from careengine.host import Host, PluginInfo
from careengine.settings import AdapterSettings, Origin, Settings
from careengine.store import inbox, states
from tests.service.conftest import Running, event, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from careengine import Entry
    from tests.service.conftest import Start

SECRET = b"planted-secret"


@dataclass
class Shop:
    """A CRM in memory: signs its webhooks, takes notes."""

    applied: list[Action] = field(default_factory=list)
    told: Event = field(default_factory=Event)
    reading: Event = field(default_factory=Event)
    asked: list[WebhookRequest] = field(default_factory=list)

    def verify(self, request: WebhookRequest) -> str:
        self.asked.append(request)
        if request.headers.get("x-fault"):
            raise ValueError("an adapter that trips over a header")
        if not hmac.compare_digest(request.headers["x-signature"], signature(request.body)):
            raise SignatureError("wrong")
        return request.headers.get("x-delivery", "")

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:
        if request.headers.get("x-ack") == "fault":
            raise ValueError("an adapter that trips over its answer")
        return int(request.headers.get("x-ack", "202")), b"<b>thanks</b>"

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        assert self.reading.wait(10)
        return json.loads(request.body)  # type: ignore[no-any-return]

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        return event

    def history(self, customer: str) -> Iterable[Entry]:  # noqa: ARG002  the protocol names it
        return ()

    def apply(self, action: Action, key: str) -> Receipt:  # noqa: ARG002  the same
        self.applied.append(action)
        self.told.set()
        return Receipt(outcome="changed")

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        return (), cursor

    def health(self) -> Health:
        return Health(ok=True, detail="fine")


def signature(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def plugins(shop: Shop, webhook: str = "signed") -> Host:
    schema = {"type": "object", "properties": {"token": {"type": "string", "x-secret": True}}}
    spec = AdapterSpec(
        name="shop", create=lambda _: shop, capabilities=Capabilities(webhook=webhook), settings_schema=schema
    )
    return Host((PluginInfo(name="shop", distribution="shop", version="1", adapters=(spec,)),))


def settings_with_shop(tmp_path: Path, database: str | None = None) -> Settings:
    token = tmp_path / "token"
    token.write_bytes(SECRET)
    token.chmod(0o600)
    origin = Origin(label="the test", folder=tmp_path)
    adapter = AdapterSettings(name="shop", type="shop", options={"token": {"file": "token"}}, origins={"token": origin})
    settings = settings_in(tmp_path, database, public_url="https://care.example.com")
    return replace(settings, adapters={"shop": adapter})


@pytest.fixture
def service(start: Start, tmp_path: Path, shop: Shop, request: pytest.FixtureRequest) -> Iterator[Running]:
    """On each kind of database where a test uses `store_url`, else on a file."""
    url = request.getfixturevalue("store_url") if "store_url" in request.fixturenames else None
    yield start(host=plugins(shop), settings=settings_with_shop(tmp_path, url))
    shop.reading.set()


def deliver(service: Running, events: Any, delivery: str = "d-1", **headers: str) -> Any:
    body = json.dumps(events).encode()
    sent = {"X-Signature": signature(body), "X-Delivery": delivery, **headers}
    return service.post("/webhooks/shop?a=1", data=body, headers=sent)


@pytest.mark.parametrize("before", ["", " \n", "\ufeff"])
def test_json_that_is_nested_too_deeply_is_not_kept(service: Running, before: str) -> None:
    def send(depth: int, sign: str | None = None) -> Any:
        body = f"{before}{'[' * depth}{']' * depth}".encode()
        headers = {"X-Signature": sign or signature(body), "X-Delivery": f"d-{depth}"}
        return service.post("/webhooks/shop", data=body, headers=headers)

    deepest = service.app.settings.service.max_depth
    assert send(deepest).status_code == 202
    refused = send(1010)
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:careengine:problem:too-deep")
    assert send(1010, "forged").status_code == 401
    with service.app.store.read() as reader:
        waiting = [*inbox.in_state(reader, "default", states.DUE), *inbox.in_state(reader, "default", states.PARKED)]
        assert [one.delivery for one in waiting] == [f"d-{deepest}"]


def test_brackets_that_are_no_json_are_not_counted(service: Running) -> None:
    body = b"text=" + b"[" * 500
    headers = {"X-Signature": signature(body), "X-Delivery": "d-1"}
    assert service.post("/webhooks/shop", data=body, headers=headers).status_code == 202


def test_an_adapter_that_nobody_proves_anything_to_takes_no_webhooks(start: Start, tmp_path: Path, shop: Shop) -> None:
    service = start(host=plugins(shop, webhook="none"), settings=settings_with_shop(tmp_path))
    answer = deliver(service, [event()])
    assert answer.status_code == 404
    assert "takes no webhooks" in answer.json()["detail"]
    assert (shop.asked, kept(service)) == ([], [])


def kept(service: Running, state: str = states.DUE) -> list[inbox.Delivery]:
    with service.app.store.read() as reader:
        return inbox.in_state(reader, service.app.settings.tenant, state)


@pytest.mark.usefixtures("store_url")
def test_a_delivery_is_kept_before_anything_reads_it_and_acted_on_afterwards(service: Running, shop: Shop) -> None:
    answer = deliver(service, [event(source="shop")])
    assert (answer.status_code, answer.content) == (202, b"<b>thanks</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert [delivery.delivery for delivery in kept(service)] == ["d-1"]
    shop.reading.set()
    assert shop.told.wait(10)
    assert [action.type for action in shop.applied] == ["note"]


@pytest.mark.usefixtures("store_url")
def test_a_repeated_delivery_is_acknowledged_again_without_effect(service: Running) -> None:
    answers = [deliver(service, [event(source="shop")]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert len(kept(service)) == 1


def test_the_adapter_sees_the_public_address_and_all_headers_and_the_inbox_no_secret(
    service: Running, shop: Shop
) -> None:
    more = {"Authorization": "Basic abc", "Cookie": "a=b", "X-Shared": f"Token {SECRET.decode()}", "X-Event": "ticket"}
    deliver(service, [], **more)
    assert shop.asked[0].url == "https://care.example.com/webhooks/shop?a=1"
    assert shop.asked[0].headers["authorization"] == "Basic abc"
    headers = kept(service)[0].request.headers
    assert headers["x-event"] == "ticket"
    assert not {"authorization", "cookie", "x-shared"} & set(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Signature": ""},
        {"X-Signature": "0" * 64},
        {"X-Signature": "\xff\xfe"},
        {"X-Signature": "a" * 20_000},
        {"X-Signature": "sha256=\x7f"},
        {"X-Fault": "1"},
    ],
)
def test_hostile_signatures_are_refused_and_nothing_is_kept(service: Running, headers: dict[str, str]) -> None:
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = service.post("/webhooks/shop", data=b"[]", headers=sent)
    assert answer.status_code in {400, 401}  # 400: the HTTP parser itself refuses the byte
    assert (answer.status_code == 400) == (headers.get("X-Signature") == "sha256=\x7f")
    assert kept(service) == []


def test_a_second_signature_does_not_hide_behind_a_first(service: Running) -> None:
    good = signature(b"[]").encode()
    sent = b"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX-Signature: "
    answer = service.raw(sent + good + b"\r\nX-Signature: " + good + b"\r\n\r\n[]")
    assert b" 401 " in answer.split(b"\r\n", 1)[0]


@pytest.mark.parametrize("delivery", ["", "x" * 5000, "b\xe4d id", "a b"])
def test_a_delivery_with_an_odd_id_is_kept_once_under_a_hash(service: Running, delivery: str) -> None:
    for _ in range(2):
        deliver(service, [1], **{"X-Delivery": delivery.encode("latin-1")})  # type: ignore[arg-type]
    assert len(kept(service)) == 1
    assert kept(service)[0].delivery.startswith("sha256:")


@pytest.mark.parametrize("ack", ["fault", "500", "99", "302"])
def test_what_is_kept_is_acknowledged_with_a_success_whatever_the_adapter_says(service: Running, ack: str) -> None:
    assert deliver(service, [], **{"X-Ack": ack}).status_code == 200
    assert len(kept(service)) == 1


def test_an_unknown_adapter_a_wrong_method_and_a_large_body_are_refused(service: Running) -> None:
    assert service.post("/webhooks/nobody", data=b"[]").status_code == 404
    assert service.get("/webhooks/shop").status_code == 405
    assert service.post("/webhooks/shop", data=b" " * 300_000).status_code == 413


def test_an_adapter_that_is_out_of_order_asks_the_crm_to_send_again(start: Start, tmp_path: Path) -> None:
    sick = PluginInfo(name="shop", distribution="shop", version="1", state="quarantined", reason="it is broken")
    settings = replace(settings_in(tmp_path), adapters={"shop": AdapterSettings(name="shop", type="shop")})
    service = start(host=Host((sick,)), settings=settings)
    answer = service.post("/webhooks/shop", data=b"[]")
    assert answer.status_code == 503
    assert "database" not in answer.text  # which is well
    assert int(answer.headers["Retry-After"]) > 0
    ready = service.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"]["plugins"]["ok"] is False
    assert "shop" in ready.json()["checks"]["adapters"]["detail"]
    assert service.post("/v1/interactions", event()).status_code == 200


@pytest.mark.parametrize(("proxies", "scheme"), [((), "http"), (("127.0.0.1",), "https"), (("10.0.0.7",), "http")])
def test_the_address_has_the_scheme_that_a_trusted_proxy_says(
    start: Start, tmp_path: Path, shop: Shop, proxies: tuple[str, ...], scheme: str
) -> None:
    settings = settings_with_shop(tmp_path)
    behind = replace(settings.service, public_url=None, trusted_proxies=proxies)
    service = start(host=plugins(shop), settings=replace(settings, service=behind))
    shop.reading.set()
    deliver(service, [], **{"X-Forwarded-Proto": "https", "Host": "care.example.com"})
    assert shop.asked[-1].url == f"{scheme}://care.example.com/webhooks/shop?a=1"
