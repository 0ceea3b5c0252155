"""Planted secrets, words and names are looked for everywhere the service writes: logs, answers, figures, files."""

from __future__ import annotations

import hashlib
import hmac
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import event as hook

from careengine import AdapterSpec, AuthError, Capabilities, Rejected, SignatureError, logs
from careengine.host import Host, PluginInfo
from careengine.host.admit import Impl
from careengine.settings import AdapterSettings, DeliverySettings, OidcSettings, Origin, PrivacySettings
from careengine.store import inbox, keys, outbox, people, states
from tests.service.conftest import Running, event, settings_in
from tests.service.issuer import Issuer, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_httpserver import HTTPServer

    from careengine import Action, Entry, Health, Interaction, Receipt, WebhookRequest
    from tests.service.conftest import Start

WEBHOOK_SECRET, CRM_TOKEN = "canary-webhook-secret", "canary-crm-token"
WORDS = {
    "text": "canary-text where is my parcel",
    "subject": "canary-subject",
    "comment": "canary-comment",
    "evidence": "canary-evidence",
    "odd": "canary-in-a-refused-event",
    "crm": "canary-in-what-the-crm-sent",
    "error": "canary-in-an-error",
}
REFUSAL = "canary-in-a-refusal of a canary-name <canary@example.com>"
PERSON = {
    "id": "canary-customer",
    "name": "canary-name",
    "email": "canary@example.com",
    "household": "canary-household",
    "adjustments": ["canary-adjustment"],
    "vulnerability": ["canary-vulnerability"],
}
STAFF = {"employee": {"id": "canary-employee"}, "actor": {"type": "customer", "id": "canary-actor"}}
NAMES = ["canary-customer", "canary-name", "canary@", "canary-household", "canary-adjustment", "canary-vulnerability"]
COLLEAGUES = ["canary-employee", "canary-actor", "canary-target", "canary-reporter", "canary-owner"]


def contact(**more: Any) -> dict[str, Any]:
    """An interaction with a canary in every field that holds words or names somebody."""
    incident = {"id": "I-1", "evidence": [WORDS["evidence"]], "target": "canary-target", "reporter": "canary-reporter"}
    case = {"id": "T-1", "subject": WORDS["subject"], "owner": "canary-owner"}
    survey = {"csat": 2, "comment": WORDS["comment"]}
    words = {"text": WORDS["text"], "case": case, "survey": survey, "incident": incident}
    return event(**{"customer": PERSON, **STAFF, **words, **more})


@dataclass
class Shop:
    """An adapter whose every fault quotes a canary."""

    token: str = ""
    faults: set[str] = field(default_factory=set)
    reached: Event = field(default_factory=Event)

    def verify(self, request: WebhookRequest) -> str:
        if "verify" in self.faults:
            raise ValueError(WORDS["error"], request.body)
        if not hmac.compare_digest(request.headers.get("x-signature", "").encode(), signature(request.body).encode()):
            raise SignatureError(WORDS["error"])
        return hashlib.sha256(request.body).hexdigest()

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:
        if "ack" in self.faults:
            raise ValueError(WORDS["error"], request.body)
        return 200, b""

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        if "parse" in self.faults:
            self.reached.set()
            raise ValueError(WORDS["error"], request.body)
        found: Sequence[Mapping[str, Any]] = orjson.loads(request.body)
        return found

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        return event

    def history(self, customer: str) -> Iterable[Entry]:
        raise ValueError(WORDS["error"], customer, self.token)

    def apply(self, action: Action, key: str) -> Receipt:
        self.reached.set()
        if "refuse" in self.faults:
            raise Rejected("the CRM answered 422", said=REFUSAL)
        raise ValueError(WORDS["error"], action.params, key, self.token)

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        raise AuthError("the CRM refuses the token") from ValueError(WORDS["error"], self.token, cursor)

    def health(self) -> Health:
        raise ValueError(WORDS["error"], self.token)


def signature(body: bytes) -> str:
    return hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()


def signals(interaction: Interaction) -> Mapping[str, Any]:
    raise ValueError(WORDS["error"], interaction.document)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    made = Issuer(httpserver)
    made.add("rsa-1", rsa_key())
    return made


@pytest.fixture
def service(start: Start, tmp_path: Path, shop: Shop, issuer: Issuer) -> Running:
    logs.configure("debug", "json")
    for name, text in (("token", CRM_TOKEN), ("secret", WEBHOOK_SECRET)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)

    def create(options: Mapping[str, Any]) -> Any:
        shop.token = options["token"]
        return shop

    secret = {"type": "string", "x-secret": True}
    schema = {"type": "object", "properties": {"token": secret, "webhook_secret": secret}}
    can = Capabilities(webhook="signed", actions=frozenset({"note", "escalate"}))
    spec = AdapterSpec(name="shop", create=create, capabilities=can, settings_schema=schema)
    options = {"token": {"file": "token"}, "webhook_secret": {"file": "secret"}}
    origins = dict.fromkeys(options, Origin(label="the test", folder=tmp_path))
    settings = replace(
        settings_in(tmp_path, auth="keys"),
        adapters={"shop": AdapterSettings(name="shop", type="shop", options=options, origins=origins)},
        privacy=PrivacySettings(keep_text="none"),
        delivery=DeliverySettings(max_attempts=1, first_delay_seconds=0.01, poll_seconds=0.01),
        oidc=OidcSettings(issuer=issuer.url, audience="careengine"),
    )
    plugin = PluginInfo(name="shop", distribution="shop", version="1", adapters=(spec,))
    trips = Impl(plugin="shop", hook="careengine_signals", function=signals, arguments=("interaction",))
    return start(host=Host((plugin,), {"careengine_signals": (trips,)}), settings=settings)


class Written:
    """Everything the service writes, gathered as it goes on."""

    def __init__(self, service: Running, capsys: pytest.CaptureFixture[str]) -> None:
        self.service, self._capsys = service, capsys
        self.secrets: list[str] = [WEBHOOK_SECRET, CRM_TOKEN]
        self.told: list[str] = []

    def key(self, *scopes: str) -> dict[str, str]:
        with self.service.app.store.write() as transaction:
            text = keys.make(transaction, "default", "test", scopes, self.service.app.clock())
        self.secrets.append(text.split("_", 2)[2])
        return {"Authorization": f"Bearer {text}"}

    def post(self, path: str, status: int, *, headers: dict[str, str], **sent: Any) -> Any:
        answer = self.service.session.post(self.service.url + path, headers=headers, timeout=10, **sent)
        assert answer.status_code == status, answer.text
        if status >= 400:
            self.told.append(answer.text)
        return answer

    def logged(self) -> str:
        out, err = self._capsys.readouterr()
        assert out == ""
        self.told.append(err)
        return err

    def files(self) -> bytes:
        return b"".join(file.read_bytes() for file in Path(self.service.app.store.place).parent.glob("care.db*"))

    def clean(self, *others: str) -> None:
        """No canary is in the logs, the errors and the figures; no secret, word or one of the others in the files."""
        self.logged()
        probes = ("/", "/healthz", "/readyz", "/openapi.json", "/metrics")
        told = "".join([*self.told, *(self.service.get(path).text for path in probes)])
        assert "request" in told
        everywhere = [*self.secrets, *WORDS.values()]
        assert [canary for canary in [*everywhere, *NAMES, *COLLEAGUES, "canary-in-a-refusal"] if canary in told] == []
        assert [canary for canary in [*everywhere, *others] if canary.encode() in self.files()] == []


@pytest.fixture
def written(service: Running, capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(service, capsys)


def until_parked(service: Running, path: str, headers: dict[str, str], count: int) -> list[dict[str, Any]]:
    """Wait for the worker, by stopping it when it has reached the CRM."""
    assert service.app.delivery.stop(10)
    found: list[dict[str, Any]] = service.get(path, params={"state": "parked"}, headers=headers).json()[path[4:]]
    assert len(found) >= count
    return found


def forget(service: Running) -> None:
    assert service.app.delivery.stop(10)
    last = time.monotonic() + 10
    while not service.app.store.forget():  # who was answered last may not have put its connection back yet
        assert time.monotonic() < last


def test_what_comes_in_as_it_should_leaves_no_canary(written: Written) -> None:
    service, writer = written.service, written.key("interactions:write")
    written.post("/v1/interactions", 200, headers=writer, json=contact())
    written.post("/v1/interactions", 207, headers=writer, json=[contact(), contact()])
    written.post("/v1/decide", 200, headers=writer, json=contact())
    body = orjson.dumps([contact(source="shop")])
    written.post("/webhooks/shop", 200, headers={"x-signature": signature(body)}, data=body)
    service.app.delivery.stop(10)
    service.app.delivery.run_once()
    forget(service)
    assert b"canary-customer" in written.files()  # else it would prove nothing
    written.clean()


def test_what_is_refused_leaves_no_canary(written: Written, issuer: Issuer) -> None:
    writer, odd = written.key("interactions:write"), WORDS["odd"]
    known = contact()
    written.post("/v1/interactions", 200, headers=writer, json=known)
    written.post("/v1/interactions", 200, headers=writer, json={**known, "text": odd})  # other words, the same id
    for bad in (
        {"direction": odd},
        {"occurred_at": odd},
        {"customer": {"id": 7, "name": odd}},
        {"survey": {"csat": odd}},
        {"source": odd, "type": odd},
    ):
        written.post("/v1/interactions", 422, headers=writer, json=contact(**bad))
    written.post(
        "/v1/interactions", 400, headers=writer | {"Content-Type": "application/json"}, data=f'{{"text": "{odd}'
    )
    written.post(
        "/v1/interactions", 400, headers=writer | {"Content-Type": "application/json"}, data=b"[" * 99 + odd.encode()
    )
    named: list[dict[str, Any]] = [{odd: 7}, {"customer": {"id": "C-1", odd: {odd: odd}}}, {"custom": {odd: odd}}]
    for data in [*(orjson.dumps(contact(**bad)) for bad in named), f'{{"{odd}": 1, "{odd}": 2}}'.encode()]:
        headers = writer | {"Content-Type": "application/json"}
        refused = written.service.session.post(
            f"{written.service.url}/v1/interactions", data, headers=headers, timeout=10
        )
        assert odd in refused.text  # the sender hears the name that nobody knows; nobody else does
    written.post("/v1/interactions", 415, headers=writer, data=odd)
    written.post(f"/v1/actions/{odd}?{odd}={odd}", 403, headers=writer, json={"do": odd})
    token = issuer.token(aud="another", email="canary@example.com")
    written.secrets += [token.rpartition(".")[2], "canary-wrong-key"]
    for proof in (token, "ce_0_canary-wrong-key", "canary-wrong-key"):
        written.post("/v1/interactions", 401, headers={"Authorization": f"Bearer {proof}"}, json=contact())
    written.post("/webhooks/shop?token=canary-wrong-key", 401, headers={"x-signature": odd}, json=contact())
    forget(written.service)
    written.clean()


def test_failures_leave_no_canary(written: Written, shop: Shop) -> None:
    service, admin = written.service, written.key("admin")
    body = orjson.dumps([WORDS["crm"]])
    shop.faults = {"verify"}
    written.post("/webhooks/shop", 401, headers={"x-signature": signature(body)}, data=body)
    shop.faults = {"ack", "parse"}
    written.post("/webhooks/shop", 200, headers={"x-signature": signature(body)}, data=body)
    assert shop.reached.wait(10)
    for delivery in until_parked(service, "/v1/deliveries", admin, 1):
        written.post(f"/v1/deliveries/{delivery['number']}", 200, headers=admin, json={"do": "drop", "reason": "no"})
    shop.reached.clear()
    service.app.delivery.start()
    written.post("/v1/interactions", 200, headers=admin, json=contact(source="shop"))
    assert shop.reached.wait(10)
    assert "at test_canaries.py" in until_parked(service, "/v1/actions", admin, 1)[0]["reason"]
    with no_writing(service):
        written.post("/v1/interactions", 503, headers=admin, json=contact())
        written.post("/webhooks/shop", 503, headers={"x-signature": signature(body)}, data=body)
    assert service.app.adapters["shop"]
    forget(service)
    written.clean()


def test_what_a_crm_says_in_a_refusal_is_for_whoever_settles_it_and_nobody_else(written: Written, shop: Shop) -> None:
    service, admin, viewer = written.service, written.key("admin"), written.key("decisions:read")
    shop.faults = {"refuse"}
    written.post("/v1/interactions", 200, headers=admin, json=contact(source="shop"))
    assert shop.reached.wait(10)
    parked = until_parked(service, "/v1/actions", admin, 1)[0]
    assert (parked["reason"], parked["crm_said"]) == ("rejected: the CRM answered 422", REFUSAL)
    (seen,) = until_parked(service, "/v1/actions", viewer, 1)
    assert "canary-in-a-refusal" not in str(seen)
    forget(service)
    assert b"canary-in-a-refusal" in written.files()
    written.clean()
    with service.app.store.write() as transaction:
        people.erase(transaction, "default", PERSON["id"], service.app.clock())  # type: ignore[arg-type]
    forget(service)
    written.clean(*NAMES, *COLLEAGUES, "canary-in-a-refusal")


@contextmanager
def no_writing(service: Running) -> Iterator[None]:
    def only_reads(raw: Any, *_: object) -> None:
        raw.execute("PRAGMA query_only=ON").close()

    engine = service.app.store.engine
    hook.listen(engine, "checkout", only_reads)
    try:
        yield
    finally:
        hook.remove(engine, "checkout", only_reads)
        engine.dispose()  # with the connections that only read


def test_after_an_erasure_not_even_the_names_are_left(written: Written) -> None:
    service, admin = written.service, written.key("admin")
    service.app.delivery.stop(10)
    sent = contact()
    answer = written.post("/v1/interactions", 200, headers=admin, json=sent).json()
    action = answer["actions"][0]["id"]
    with service.app.store.write() as transaction:
        outbox.park(transaction, "default", action, "the CRM knows no canary-name", service.app.clock())
    order = {"do": "drop", "reason": "canary-name has been called"}
    written.post(f"/v1/actions/{action}", 200, headers=admin, json=order)
    body = orjson.dumps([contact(source="shop")])
    written.post("/webhooks/shop", 200, headers={"x-signature": signature(body)}, data=body)
    with service.app.store.write() as transaction:
        (waiting,) = inbox.in_state(transaction, "default", states.DUE)
        assert b"canary-name" in waiting.request.body
        removed = people.erase(transaction, "default", PERSON["id"], service.app.clock())  # type: ignore[arg-type]
    assert removed["deliveries"] == 1
    forget(service)
    again = written.post("/v1/interactions", 410, headers=admin, json=sent)
    assert again.json()["type"] == "urn:careengine:problem:gone"
    gone = service.get(f"/v1/decisions/{answer['id']}", headers=admin)
    assert (gone.status_code, gone.json()["detail"]) == (410, "this decision was erased")
    (entry,) = service.get("/v1/audit", headers=admin).json()["entries"]
    assert (entry["did"], entry["subject"], entry["reason"]) == ("drop", f"action {action}", "")
    written.clean(*NAMES, *COLLEAGUES)
