"""What is parked is no dead end: a person tries it again, or drops it, and says why."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from careengine import AdapterSpec, AuthError, Receipt, Rejected, WebhookRequest
from careengine.host import Host, PluginInfo
from careengine.service.roles import ADMIN, DECISIONS_READ, INTERACTIONS_WRITE, scopes_of
from careengine.settings import AdapterSettings, DeliverySettings
from careengine.store import inbox, keys, outbox, states
from tests.delivery.crm import Crm
from tests.service.conftest import Running, event, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from careengine import Action
    from tests.service.conftest import Start

RETRY = {"do": "retry", "reason": "the new token is in place"}
DROP = {"do": "drop", "reason": "the customer has been called"}


@pytest.fixture
def own(start: Start, store_url: str) -> Running:
    return start(database=store_url)


def parked_actions(service: Running) -> list[str]:
    """Two actions, parked as a worker would have done it."""
    (one, two) = service.post("/v1/interactions", event()).json()["actions"]
    with service.app.store.write() as transaction:
        for action in (one, two):
            outbox.park(transaction, "default", action["id"], "the token is refused", service.app.clock())
    return [one["id"], two["id"]]


def parked_delivery(service: Running, name: str = "x-1") -> int:
    request = WebhookRequest(method="POST", url="", headers={}, body=b"planted words")
    with service.app.store.write() as transaction:
        inbox.keep(transaction, "default", "shop", name, request, service.app.clock())
        number = inbox.in_state(transaction, "default", states.DUE)[-1].seq
        inbox.park(transaction, "default", number, "it makes no sense", service.app.clock())
    return number


def test_a_parked_action_is_tried_again_or_dropped_once(own: Running) -> None:
    one, two = parked_actions(own)
    retried, dropped = own.post(f"/v1/actions/{one}", RETRY), own.post(f"/v1/actions/{two}", DROP)
    assert (retried.status_code, dropped.status_code) == (200, 200)
    assert (retried.json()["state"], retried.json()["reason"]) == ("due", RETRY["reason"])
    assert (dropped.json()["state"], dropped.json()["reason"]) == ("dropped", DROP["reason"])
    again = own.post(f"/v1/actions/{two}", RETRY)
    assert again.status_code == 409
    assert again.json()["detail"] == "this action is `dropped`; only what is `parked` can be tried again or dropped"


def test_a_parked_delivery_is_listed_without_its_words_and_tried_again_or_dropped(own: Running) -> None:
    one, two = parked_delivery(own), parked_delivery(own, "x-2")
    listed = own.get("/v1/deliveries")
    assert [(item["number"], item["delivery"]) for item in listed.json()["deliveries"]] == [(one, "x-1"), (two, "x-2")]
    assert "planted" not in listed.text
    assert own.post(f"/v1/deliveries/{one}", RETRY).json()["state"] == "due"
    assert own.post(f"/v1/deliveries/{two}", DROP).json()["state"] == "dropped"
    assert own.post(f"/v1/deliveries/{two}", DROP).status_code == 409
    with own.app.store.read() as reader:
        assert [inbox.get(reader, "default", n).request.body for n in (one, two)] == [b"planted words", b""]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "place", ["/v1/actions/a_none", "/v1/deliveries/7", "/v1/deliveries/x", f"/v1/deliveries/{9**99}"]
)
def test_what_is_unknown_is_not_found(own: Running, place: str) -> None:
    answer = own.post(place, RETRY)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("there is no ")


@pytest.mark.parametrize(
    ("order", "pointers"),
    [
        ([], [""]),
        ({}, ["/do", "/reason"]),
        ({"do": "retry", "reason": " "}, ["/reason"]),
        ({"do": "retry", "reason": "x" * 301}, ["/reason"]),
        ({"do": "retry", "reason": "\0"}, ["/reason"]),
        ({"do": ["retry"], "reason": 7}, ["/do", "/reason"]),
        ({**RETRY, "all": True}, [""]),
    ],
)
def test_an_order_that_makes_no_sense_is_told_what_would(own: Running, order: Any, pointers: list[str]) -> None:
    one, _ = parked_actions(own)
    answer = own.post(f"/v1/actions/{one}", order)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert len(own.get("/v1/actions", params={"state": "parked"}).json()["actions"]) == 2


def test_only_an_admin_may_say_so(start: Start) -> None:
    service = start(auth="keys")
    with service.app.store.write() as transaction:
        made = {
            scope: keys.make(transaction, "default", scope, [scope], service.app.clock())
            for scope in (INTERACTIONS_WRITE, DECISIONS_READ, ADMIN)
        }
    headers = {scope: {"Authorization": f"Bearer {key}"} for scope, key in made.items()}
    answers = {scope: service.post("/v1/actions/a", RETRY, headers=headers[scope]).status_code for scope in headers}
    assert answers == {INTERACTIONS_WRITE: 403, DECISIONS_READ: 403, ADMIN: 404}


def test_what_the_crm_said_is_for_those_who_may_settle_it(start: Start) -> None:
    service = start(auth="keys")
    with service.app.store.write() as transaction:
        made = {
            role: keys.make(transaction, "default", role, scopes_of([role]), service.app.clock())
            for role in ("agent", "reviewer")
        }
    headers = {role: {"Authorization": f"Bearer {key}"} for role, key in made.items()}
    one, *_ = service.post("/v1/interactions", event(), headers=headers["agent"]).json()["actions"]
    with service.app.store.write() as transaction:
        outbox.park(transaction, "default", one["id"], "refused", service.app.clock(), said="Ada may not have this")

    def parked(role: str) -> dict[str, Any]:
        (action,) = service.get("/v1/actions", params={"state": "parked"}, headers=headers[role]).json()["actions"]
        assert isinstance(action, dict)
        return action

    assert parked("reviewer")["crm_said"] == "Ada may not have this"
    assert "Ada" not in str(parked("agent"))
    assert service.post(f"/v1/actions/{one['id']}", DROP, headers=headers["reviewer"]).json()["crm_said"] == ""


def test_pages_hold_every_action_once_the_oldest_first(own: Running) -> None:
    made = [own.post("/v1/interactions", event(customer={"id": f"C-{n}"})).json()["actions"] for n in range(4)]
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = own.get("/v1/actions", params={"state": "told", "limit": 3, **after}).json()
        assert len(page["actions"]) <= 3
        found += [action["id"] for action in page["actions"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [action["id"] for actions in made for action in actions]
    assert len(found) > 3
    assert own.get("/v1/actions", params={"after": "a_none"}).status_code == 404


def test_pages_hold_every_delivery_once(own: Running) -> None:
    numbers = [parked_delivery(own, f"x-{n}") for n in range(3)]
    first = own.get("/v1/deliveries", params={"limit": 2}).json()
    rest = own.get("/v1/deliveries", params={"limit": 2, "after": first["next"]}).json()
    assert [item["number"] for item in first["deliveries"] + rest["deliveries"]] == numbers
    assert rest["next"] is None
    assert all(one < two for one, two in pairwise(numbers))


def test_what_is_tried_again_reaches_the_crm(start: Start, tmp_path: Path, store_url: str) -> None:
    refused, written = Event(), Event()

    class Shop(Crm):
        def apply(self, action: Action, key: str) -> Receipt:
            try:
                receipt = super().apply(action, key)
            finally:
                refused.set()
            written.set()
            return receipt

    shop = Shop(answers=deque([Rejected("the case is merged")]))
    plugin = PluginInfo(
        name="shop", distribution="shop", version="1", adapters=(AdapterSpec(name="shop", create=lambda _: shop),)
    )
    settings = replace(settings_in(tmp_path, store_url), adapters={"shop": AdapterSettings(name="shop", type="shop")})
    service = start(host=Host((plugin,)), settings=settings)
    service.post("/v1/interactions", event())
    assert refused.wait(10)
    assert service.app.delivery.stop(10)  # it has kept what became of it
    (parked,) = service.get("/v1/actions", params={"state": "parked"}).json()["actions"]
    service.app.delivery.start()
    assert not written.is_set()
    service.post(f"/v1/actions/{parked['id']}", RETRY)
    assert written.wait(10)


def test_all_of_an_adapter_and_a_cause_are_settled_together(own: Running) -> None:
    one, two = parked_actions(own)
    parked_delivery(own)
    order = {**RETRY, "adapter": "shop"}
    assert own.post("/v1/actions", {**order, "cause": "rejected"}).json() == {"settled": 0}
    assert own.post("/v1/actions", {**order, "adapter": "desk"}).json() == {"settled": 0}
    answer = own.post("/v1/actions", {**order, "cause": "other"})
    assert (answer.status_code, answer.json()) == (200, {"settled": 2})
    due = own.get("/v1/actions", params={"state": "due"}).json()["actions"]
    assert [(action["id"], action["reason"]) for action in due] == [(one, RETRY["reason"]), (two, RETRY["reason"])]
    assert own.post("/v1/deliveries", {**DROP, "adapter": "shop"}).json() == {"settled": 1}
    entries = own.get("/v1/audit").json()["entries"]
    assert sorted(entry["did"] for entry in entries) == ["drop", "retry", "retry"]
    assert {entry["actor"] for entry in entries} == {"local:anybody"}


@pytest.mark.parametrize(
    ("order", "pointers"),
    [
        (RETRY, ["/adapter"]),
        ({"do": "retry", "adapter": "shop"}, ["/reason"]),
        ({**RETRY, "adapter": 7, "cause": "bad-mood"}, ["/adapter", "/cause"]),
        ({**RETRY, "adapter": "shop", "cause": None}, ["/cause"]),
        ({**RETRY, "adapter": "shop", "tenant": "other"}, [""]),
    ],
)
def test_an_order_for_many_that_makes_no_sense_is_told_why(own: Running, order: Any, pointers: list[str]) -> None:
    for path in ("/v1/actions", "/v1/deliveries"):
        answer = own.post(path, order)
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers


def test_while_the_crm_refuses_our_credentials_it_is_seen_and_nothing_is_parked(start: Start, tmp_path: Path) -> None:
    refused, go_on, taken = Event(), Event(), Event()

    class Shop(Crm):
        def apply(self, action: Action, key: str) -> Receipt:
            if not go_on.is_set():
                refused.set()
                raise AuthError("planted: the token of sam@example.com is refused")
            receipt = super().apply(action, key)
            taken.set()
            return receipt

    shop = Shop()
    plugin = PluginInfo(
        name="shop", distribution="shop", version="1", adapters=(AdapterSpec(name="shop", create=lambda _: shop),)
    )
    settings = replace(
        settings_in(tmp_path),
        adapters={"shop": AdapterSettings(name="shop", type="shop")},
        delivery=DeliverySettings(first_delay_seconds=0.01, max_delay_seconds=0.02, poll_seconds=0.01),
    )
    service = start(host=Host((plugin,)), settings=settings)
    service.post("/v1/interactions", event())
    assert refused.wait(10)
    ready = until(service, "/readyz", "refused: `shop`")
    assert ready.status_code == 200  # interactions are taken all the while
    assert ready.json()["checks"]["credentials"]["ok"] is False
    assert "planted" not in ready.text
    until(service, "/metrics", 'careengine_credentials_refused{adapter="shop"} 1.0')
    assert service.get("/v1/actions", params={"state": "parked"}).json()["actions"] == []
    go_on.set()
    assert taken.wait(10)
    until(service, "/metrics", 'careengine_credentials_refused{adapter="shop"} 0.0')


def until(service: Running, path: str, words: str) -> requests.Response:
    for _ in range(2000):
        answer = service.get(path)
        if words in answer.text:
            return answer
    raise AssertionError(answer.text)
