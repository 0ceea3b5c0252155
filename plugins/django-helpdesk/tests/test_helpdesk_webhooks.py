"""The webhook's secret, its id, and bodies that nobody should have sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from careengine_django_helpdesk.options import Options
from careengine_django_helpdesk.webhooks import check_secret, delivery_id, interactions
from hypothesis import given
from hypothesis import strategies as st

from careengine import PayloadError, SignatureError

SECRET = "0123456789abcdef"
SETTINGS = {"base_url": "http://127.0.0.1", "token": "12345678", "webhook_secret": SECRET}
OPTIONS = Options.read(SETTINGS)
TICKET: dict[str, Any] = {
    "id": 7,
    "submitter_email": "ada@x.test",
    "followup_set": [
        {"id": 10, "date": "2026-03-02T09:00:00Z", "public": True, "comment": "Hello", "user": None},
        {"id": 11, "date": "2026-03-02T09:01:00Z", "public": True, "comment": "Again", "user": None},
    ],
}


def body(**more: Any) -> bytes:
    return json.dumps({"ticket": TICKET, "queue_slug": "support", **more}).encode()


def test_the_right_secret() -> None:
    check_secret(f"https://care.test/webhooks/django-helpdesk?secret={SECRET}", [SECRET])
    check_secret(f"https://care.test/webhooks/django-helpdesk?x=1&secret={SECRET}&y=", [SECRET])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "secret=",
        "secret",
        "secret=0123456789abcde",
        f"secret={SECRET}0",
        f"secret={SECRET}&secret={SECRET}",
        f"secret=wrong&secret={SECRET}",
        f"Secret={SECRET}",
        f"secret={SECRET.upper()}",
        "secret=%F0%28%8C%28",
        "secret=" + "x" * 100_000,
        "&".join(f"a{number}=1" for number in range(50)) + f"&secret={SECRET}",
    ],
)
def test_a_wrong_secret(query: str) -> None:
    with pytest.raises(SignatureError) as refused:
        check_secret(f"https://care.test/webhooks/django-helpdesk?{query}", [SECRET])
    assert SECRET not in str(refused.value)


def test_the_secret_before_proves_the_sender_while_it_is_accepted() -> None:
    options = Options.read({**SETTINGS, "previous_webhook_secret": "fedcba9876543210"})
    for secret in options.webhook_secrets:
        check_secret(f"https://care.test/webhooks/django-helpdesk?secret={secret}", options.webhook_secrets)
    assert OPTIONS.webhook_secrets == (SECRET,)
    with pytest.raises(SignatureError):
        check_secret("https://care.test/webhooks/django-helpdesk?secret=fedcba9876543210", OPTIONS.webhook_secrets)


@given(url=st.text())
def test_any_address_passes_or_is_refused(url: str) -> None:
    for address in (url, f"http://[{url}", f"http://x/?secret={quote(url)}"):
        with pytest.raises(SignatureError):
            check_secret(address, [SECRET])


def test_a_delivery_is_named_by_what_it_tells() -> None:
    assert delivery_id(body()) == "ticket-7"
    assert delivery_id(body(followup_id=11)) == "followup-11"
    assert delivery_id(b"{") != delivery_id(b"[")


def test_the_interactions_of_a_delivery() -> None:
    assert [event["id"] for event in interactions(body(), OPTIONS)] == ["ticket-7-opened", "followup-10"]
    (event,) = interactions(body(followup_id=11), OPTIONS)
    assert (event["id"], event["case"]["team"]) == ("followup-11", "support")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"ticket": {}}',
        b'{"ticket": {"id": "7"}}',
        b'{"ticket": {"id": NaN}}',
        b'{"ticket": {"id": 7}}',
        b'{"ticket": {"id": 7, "followup_set": []}}',
        b'{"ticket": {"id": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        body(followup_id=99),
        body(followup_id="11"),
    ],
)
def test_bodies_that_nobody_should_have_sent(said: bytes) -> None:
    assert delivery_id(said)
    with pytest.raises(PayloadError):
        interactions(said, OPTIONS)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda s: (
            st.lists(s)
            | st.dictionaries(
                st.sampled_from(["ticket", "id", "followup_set", "date", "user", "priority", "assigned_to"]), s
            )
        ),
    )
)
def test_any_json_is_read_or_refused(said: Any) -> None:
    for document in (said, {"ticket": said}, {"ticket": {**TICKET, "status": said, "queue": said, "title": said}}):
        try:
            interactions(json.dumps(document).encode(), OPTIONS)
        except PayloadError:
            continue
