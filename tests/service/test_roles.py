"""One table says which role may do what; what people decide is written down."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from careengine.host import Host
from careengine.model.adapter import WebhookRequest
from careengine.service.roles import ADMIN, ROLES, SCOPES, allows, scopes_of, who_may
from careengine.service.routes import ENDPOINTS
from careengine.store import inbox, keys, outbox, states
from tests.service.conftest import Running, event, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

DROP = {"do": "drop", "reason": "the customer has been called"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(settings_in(tmp_path_factory.mktemp("roles"), auth="keys"), Host()) as running:
        yield running


def bearer(service: Running, role: str) -> dict[str, str]:
    with service.app.store.write() as transaction:
        key = keys.make(transaction, "default", role, scopes_of([role]), service.app.clock())
    return {"Authorization": f"Bearer {key}"}


def test_every_role_may_do_what_the_one_before_may() -> None:
    for less, more in pairwise(ROLES.values()):
        assert all(allows(more, scope) for scope in less)
        assert any(allows(more, scope) and not allows(less, scope) for scope in SCOPES)


def test_every_scope_is_known_somewhere_and_no_other_is() -> None:
    used = {endpoint.scope for endpoint in ENDPOINTS if endpoint.scope}
    assert used == set(SCOPES) - {ADMIN}
    assert set().union(*ROLES.values()) == set(SCOPES)
    assert scopes_of(["boss"]) == frozenset()


def test_who_may_is_said_in_words() -> None:
    assert who_may("interactions:write") == "`agent`, `reviewer`, `ops` or `admin`"
    assert who_may(ADMIN) == "`admin`"


@pytest.mark.parametrize("role", ROLES)
def test_each_address_opens_to_the_roles_of_the_table(service: Running, role: str) -> None:
    headers = bearer(service, role)
    for endpoint in ENDPOINTS:
        if endpoint.scope is None:
            continue
        path = endpoint.path.replace("{id}", "x").replace("{number}", "7")
        answer = service.session.request(endpoint.method, service.url + path, headers=headers, timeout=10)
        assert (answer.status_code == 403) is not allows(ROLES[role], endpoint.scope), endpoint.path
        if answer.status_code == 403:
            assert f"which the role {who_may(endpoint.scope)} has" in answer.json()["detail"]


def audit(service: Running, **query: Any) -> list[dict[str, Any]]:
    answer = service.get("/v1/audit", params=query, headers=bearer(service, "ops"))
    assert answer.status_code == 200
    entries: list[dict[str, Any]] = answer.json()["entries"]
    return entries


def test_what_a_person_decides_is_kept_with_who_and_why(service: Running) -> None:
    sent = service.post("/v1/interactions", event(), headers=bearer(service, "agent")).json()
    action = sent["actions"][0]["id"]
    request = WebhookRequest(method="POST", url="", headers={}, body=b"planted words")
    with service.app.store.write() as transaction:
        outbox.park(transaction, "default", action, "planted: the token is refused", service.app.clock())
        inbox.keep(transaction, "default", "shop", "x-1", request, service.app.clock())
        number = inbox.in_state(transaction, "default", states.DUE)[-1].seq
        inbox.park(transaction, "default", number, "planted: it makes no sense", service.app.clock())
    reviewer = bearer(service, "reviewer")
    for path, do in ((f"/v1/actions/{action}", "retry"), (f"/v1/deliveries/{number}", "drop")):
        assert service.post(path, {**DROP, "do": do}, headers=reviewer).status_code == 200
        assert service.post(path, DROP, headers=bearer(service, "viewer")).status_code == 403
        assert service.post(path, DROP, headers=reviewer).status_code == 409
    newest, before = audit(service)[:2]
    actor = f"key:{reviewer['Authorization'].split('_')[1]}"
    assert (newest["actor"], newest["did"], newest["subject"]) == (actor, "drop", f"delivery {number}")
    assert (before["actor"], before["did"], before["subject"]) == (actor, "retry", f"action {action}")
    assert (before["reason"], before["before"]["state"], before["after"]["state"]) == (DROP["reason"], "parked", "due")
    assert "planted" not in str([newest, before])
    assert [one["number"] for one in audit(service, subject=f"action {action}")] == [before["number"]]
    assert audit(service, actor="key:nobody") == []


def test_the_audit_comes_in_pages(service: Running) -> None:
    headers = bearer(service, "ops")
    found = audit(service, limit=200)
    first = service.get("/v1/audit", params={"limit": 1}, headers=headers).json()
    rest = service.get("/v1/audit", params={"after": first["next"]}, headers=headers).json()
    assert first["entries"] + rest["entries"] == found
    assert rest["next"] is None
    assert service.get("/v1/audit", params={"after": "x"}, headers=headers).status_code == 400
