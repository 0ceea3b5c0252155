"""Only somebody who knows a secret of ours, just now, is believed; and what they say is read with care."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from careengine_demo.adapter import DemoAdapter
from careengine_demo.testing import StagedCrm
from careengine_demo.webhooks import SIGNATURE, TIMESTAMP, Sender, check, headers_for, sign
from hypothesis import given
from hypothesis import strategies as st

from careengine import PayloadError, SignatureError, WebhookRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


NOW = 1_772_530_000
OLD, NEW = "the-old-webhook-secret", "the-new-webhook-secret"
EVENT = {"id": "e-1", "kind": "ticket.message", "at": "2026-03-03T09:00:00Z", "by": "shop", "ticket": "T-1"}
BODY = json.dumps({"delivery": "d-1", "event": EVENT | {"customer": "C-1", "message": {"text": "Hi"}}}).encode()


@pytest.fixture(scope="module")
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


def adapter_with(*, now: float = NOW, **secrets: str) -> DemoAdapter:
    return DemoAdapter({"base_url": "http://127.0.0.1:1", "token": "t" * 8, **secrets}, clock=lambda: now)


def request(body: bytes = BODY, headers: Mapping[str, str] | None = None) -> WebhookRequest:
    return WebhookRequest(method="POST", url="", headers=headers or headers_for([NEW], NOW, body), body=body)


def delivery(**event: Any) -> WebhookRequest:
    return request(json.dumps({"delivery": "d-1", "event": EVENT | event}).encode())


ADAPTER = adapter_with(webhook_secret=NEW)


def test_the_signature_is_what_the_readme_says() -> None:
    expected = hmac.new(NEW.encode(), str(NOW).encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert sign(NEW, NOW, BODY) == f"v1={expected}"


def test_a_genuine_delivery_is_believed_and_named_by_its_signed_body() -> None:
    assert ADAPTER.verify(request()) == "d-1"
    spoofed = replace(request(), headers={**request().headers, "x-demo-delivery": "d-2"})
    assert ADAPTER.verify(spoofed) == "d-1"


@pytest.mark.parametrize("delivery", [None, 7, "", "x" * 201])
def test_a_delivery_without_a_usable_id_is_named_by_its_body(delivery: object) -> None:
    body = json.dumps({"delivery": delivery, "event": EVENT}).encode()
    assert ADAPTER.verify(request(body)) == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("secrets", [{"webhook_secret": OLD}, {}])
def test_without_the_right_secret_nobody_is_believed(secrets: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        adapter_with(now=NOW, **secrets).verify(request())


def test_a_tampered_body_or_timestamp_is_refused() -> None:
    with pytest.raises(SignatureError, match="fits the body"):
        ADAPTER.verify(replace(request(), body=BODY.replace(b"Hi", b"Ho")))
    moved = {**request().headers, TIMESTAMP: str(NOW + 1)}
    with pytest.raises(SignatureError, match="fits the body"):
        ADAPTER.verify(replace(request(), headers=moved))


@pytest.mark.parametrize("age", [0, 300, -300])
def test_a_delivery_keeps_for_five_minutes(age: int) -> None:
    assert adapter_with(now=NOW + age, webhook_secret=NEW).verify(request()) == "d-1"


@pytest.mark.parametrize("age", [301, -301])
def test_a_delivery_of_another_time_is_refused(age: int) -> None:
    with pytest.raises(SignatureError, match="300 seconds"):
        adapter_with(now=NOW + age, webhook_secret=NEW).verify(request())


def test_a_secret_can_be_changed_without_losing_a_delivery() -> None:
    both_here = adapter_with(webhook_secret=NEW, previous_webhook_secret=OLD)
    for sender in ([OLD], [NEW], [OLD, NEW], [NEW, OLD]):
        assert both_here.verify(request(headers=headers_for(sender, NOW, BODY))) == "d-1"
    both_there = headers_for([OLD, NEW], NOW, BODY)
    assert adapter_with(webhook_secret=OLD).verify(request(headers=both_there)) == "d-1"
    assert ADAPTER.verify(request(headers=both_there)) == "d-1"
    with pytest.raises(SignatureError):
        ADAPTER.verify(request(headers=headers_for([OLD], NOW, BODY)))


@pytest.mark.parametrize(
    "stamp", ["", "nan", "1e9", " 1", "+5", "-1", "\u0661\u0662", "1772530000.0", "9" * 13, "0x10", "1_000"]
)
def test_a_hostile_timestamp_is_refused(stamp: str) -> None:
    with pytest.raises(SignatureError, match="whole seconds"):
        ADAPTER.verify(request(headers={**request().headers, TIMESTAMP: stamp}))


def test_the_ninth_signature_is_not_even_looked_at() -> None:
    good = request().headers[SIGNATURE]
    eight = ",".join(["v1=" + "0" * 64] * 7 + [good])
    assert ADAPTER.verify(request(headers={**request().headers, SIGNATURE: eight})) == "d-1"
    with pytest.raises(SignatureError):
        ADAPTER.verify(request(headers={**request().headers, SIGNATURE: "v1=0," + eight}))


@given(st.dictionaries(st.sampled_from([TIMESTAMP, SIGNATURE]), st.text()), st.binary(max_size=50))
def test_nothing_made_up_gets_in(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureError):
        check([OLD, NEW], headers, body, NOW)


NAMES = st.sampled_from([*EVENT, "message", "survey", "before", "after", "event", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=12)


def parsed(document: Any) -> int:
    """How many interactions come of a body; none when it is refused."""
    try:
        return len(ADAPTER.parse(request(json.dumps(document).encode())))
    except PayloadError as refused:
        return -len(refused.problems)


@given(JSON)
def test_any_signed_body_gives_an_interaction_or_a_payload_error(body: Any) -> None:
    assert parsed(body) in (-1, 0, 1)
    assert parsed({"event": body}) in (-1, 0, 1)
    assert parsed({"event": EVENT | body if isinstance(body, dict) else EVENT}) in (-1, 0, 1)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"kind": "ticket.created"}, "case.opened"),
        ({"kind": "ticket.message", "message": {"text": "Hi", "channel": "chat"}}, "interaction.received"),
        ({"kind": "survey.answered", "survey": {"csat": 1}}, "survey.answered"),
        ({"kind": "ticket.changed", "before": {"level": 0}, "after": {"level": 1}}, "case.updated"),
        ({"kind": "ticket.changed", "before": {"state": "open"}, "after": {"state": "solved"}}, "case.resolved"),
        ({"kind": "ticket.changed", "before": {"state": "solved"}, "after": {"state": "open"}}, "case.reopened"),
        ({"kind": "ticket.changed", "before": {"group": "a"}, "after": {"group": "b"}}, "case.transferred"),
        ({"kind": "ticket.changed", "before": {"group": None}, "after": {"group": "b"}}, "case.updated"),
        ({"kind": "ticket.changed", "before": {"group": "a"}, "after": {"group": "a"}}, "case.updated"),
    ],
)
def test_each_event_becomes_its_interaction(event: dict[str, Any], kind: str) -> None:
    (interaction,) = ADAPTER.parse(delivery(**event))
    assert (interaction["type"], interaction["source"]) == (kind, "demo")


@pytest.mark.parametrize("kind", ["ticket.noted", "ticket.offer_added", "customer.changed", "something.new"])
def test_events_that_are_no_interactions_are_left_out(kind: str) -> None:
    assert ADAPTER.parse(delivery(kind=kind)) == []


def test_our_own_doing_is_dropped_by_its_author_and_not_by_a_marker() -> None:
    assert ADAPTER.parse(delivery(by="careengine")) == []
    marked = delivery(message={"text": "[care:0123] please ignore me", "channel": "email"})
    assert [one["text"] for one in ADAPTER.parse(marked)] == ["[care:0123] please ignore me"]


def test_a_receiver_that_fails_is_tried_again_with_the_same_delivery(running: StagedCrm) -> None:
    sender = Sender(running.mailbox.url, ["s" * 16], pause_seconds=0.01)
    running.mailbox.statuses[:] = [500, 503]
    sender.send(EVENT | {"ticket": "T-retry"})
    outcome = sender.outcomes.get(timeout=10)
    arrived = [running.webhook("ticket.message", "T-retry") for _ in range(3)]
    sender.stop()
    assert outcome == (json.loads(arrived[0].body)["delivery"], 202)
    assert {json.loads(one.body)["delivery"] for one in arrived} == {outcome[0]}
    check(["s" * 16], arrived[2].headers, arrived[2].body, time.time())


def test_a_receiver_that_says_no_is_not_asked_again(running: StagedCrm) -> None:
    sender = Sender(running.mailbox.url, ["s" * 16], pause_seconds=0.01)
    running.mailbox.statuses[:] = [401]
    sender.send(EVENT | {"ticket": "T-no"})
    assert sender.outcomes.get(timeout=10)[1] == 401
    sender.stop()


def test_a_receiver_that_is_gone_is_given_up() -> None:
    sender = Sender("http://127.0.0.1:1/", ["s" * 16], tries=2, pause_seconds=0.01)
    sender.send(EVENT)
    assert sender.outcomes.get(timeout=10)[1] == 0
    sender.stop()
