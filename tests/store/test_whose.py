"""Whom a waiting delivery is about is told by its adapter or by its members' names, and never guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.adapter import WebhookRequest
from careengine.store import Store, inbox, whose
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ADA = whose.Person(ids=frozenset({"C-ada"}), addresses=frozenset({"ada@example.com"}))
THREE = whose.Person(ids=frozenset({"3"}), addresses=frozenset())
DEEP = b'{"customer": ' * 600 + b'"C-ada"' + b"}" * 600
TOO_DEEP = b"[" * 1010 + b"]" * 1010


def verdicts(
    store: Store, person: whose.Person, *bodies: bytes, read: Sequence[Mapping[str, Any]] | None = None
) -> list[bool | None]:
    with store.write() as transaction:
        for body in bodies:
            request = WebhookRequest(method="POST", url="", headers={}, body=body)
            inbox.keep(transaction, "acme", "shop", str(hash(body)), request, NOW)
        return [each.theirs for each in whose.waiting(transaction, "acme", person, lambda _: read)]


@pytest.mark.parametrize(
    ("document", "theirs"),
    [
        ({"ticket": {"customer": {"id": "C-ada", "name": "Bob"}}}, True),
        ({"ticket": {"customer": "C-ada"}}, True),
        ({"ticket": {"customer": "C-ADA"}}, False),  # somebody else, where capitals count
        ({"ticket": {"customer": "ADA@example.com"}}, True),
        ({"customerId": "C-ada"}, True),
        ({"requester": {"email": "Ada@Example.com"}}, True),
        ([{"submitter_email": "ADA@EXAMPLE.COM"}], True),
        ({"customer": {"id": "C-ada", "email": "her-new@example.com"}}, True),  # the id decides
        ({"customer": {"id": "C-bob", "email": "ada@example.com"}}, False),
        ({"customer": {"id": "C-bob"}, "note": "C-ada is not whom this is about"}, False),
        ({"customer": "C-ada7", "previous": "C-ada"}, False),
        ({"customer": {"id": "C-ada"}, "contact": {"id": "C-bob"}}, None),
        ({"events": [{"customer": "C-ada"}, {"customer": "C-bob"}]}, None),
        ({"customer_email": "ada@example.com", "agent_email": "sam@example.com"}, None),
        ({"email": "somebody@example.com"}, None),  # may be another address of hers
        ({"text": "C-ada", "id": "C-ada", "owner": "C-ada", "cc": ["ada@example.com"]}, None),
        ({"customer": {"name": "C-ada", "age": "C-ada"}}, None),
        ({"customer": None, "email": ""}, None),
        ("C-ada", None),
    ],
)
def test_members_that_name_a_customer_tell(store: Store, document: Any, theirs: bool | None) -> None:  # noqa: FBT001  pytest gives it by name
    assert verdicts(store, ADA, json.dumps(document).encode()) == [theirs]


@pytest.mark.parametrize(
    "document",
    [
        {"customer": {"id": "C-bob"}, "priority": 3, "text": "help"},
        {"customer": {"id": 7, "age": 3}},
        {"customer": True, "customer_id": "33"},
    ],
)
def test_a_number_elsewhere_names_nobody(store: Store, document: Any) -> None:
    assert verdicts(store, THREE, json.dumps(document).encode()) == [False]
    assert verdicts(store, THREE, json.dumps({"customer": {"id": 3}}).encode()) == [False, True]


@pytest.mark.parametrize("body", [b"customer=C-ada&x=1", b"\xff\xfe C-ada", b"", b"[" * 10_000, TOO_DEEP])
def test_what_is_no_json_of_ours_is_not_searched(store: Store, body: bytes) -> None:
    assert verdicts(store, ADA, body) == [None]


def test_no_depth_is_too_deep(store: Store) -> None:
    assert verdicts(store, ADA, DEEP, b"[" * 1000 + b'{"customer": "C-bob"}' + b"]" * 1000) == [True, False]


@pytest.mark.parametrize(
    ("read", "theirs"),
    [
        ([{"id": "e-1", "customer": {"id": "C-ada"}}], True),
        ([{"id": "e-1", "customer": {"id": "C-bob"}}], False),
        ([{"id": "e-1", "customer": {"email": "ada@example.com"}}], True),
        ([{"id": "e-1", "customer": {"email": "bob@example.com"}}], None),
        ([{"id": "e-1", "customer": {"id": "C-ada"}}, {"id": "e-2", "customer": {"id": "C-bob"}}], None),
        ([{"id": "e-1", "customer": {"id": "C-ada"}}, {"id": "e-2"}], None),
        ([{"id": "e-1"}], False),  # its members say that it is Bob's
        ([], False),
        (["no interaction", {"customer": "odd"}], False),
        (None, False),
    ],
)
def test_an_adapter_knows_better_than_members_names(store: Store, read: Any, theirs: bool | None) -> None:  # noqa: FBT001  the same
    assert verdicts(store, ADA, b'{"customer": "C-bob"}', read=read) == [theirs]


def test_what_was_found_in_a_crm_is_an_interaction_already(store: Store) -> None:
    with store.write() as transaction:
        for name, customer in (("e-1", {"id": "C-ada"}), ("e-2", {"id": "C-bob"}), ("e-3", {})):
            found = json.dumps({"id": name, "customer": customer}).encode()
            inbox.keep_found(transaction, "acme", "shop", name, found, NOW)
        told = list(whose.waiting(transaction, "acme", ADA, lambda _: [{"customer": {"id": "C-ada"}}]))
    assert [(each.theirs, each.events) for each in told] == [(True, ["e-1"]), (False, ["e-2"]), (None, ["e-3"])]


def test_every_waiting_delivery_is_looked_at_and_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose, "_PAGE", 2)
    with store.write() as transaction:
        inbox.keep_found(transaction, "other", "shop", "e-0", b'{"customer": {"id": "C-ada"}}', NOW)
    bodies = [f'{{"customer": "C-ada", "n": {number}}}'.encode() for number in range(7)]
    assert verdicts(store, ADA, *bodies) == [True] * 7
    with store.write() as transaction:
        one, two, *_ = inbox.in_state(transaction, "acme", "due")
        inbox.done(transaction, "acme", one.seq, NOW)
        inbox.park(transaction, "acme", two.seq, "no", NOW)
    assert verdicts(store, ADA) == [True] * 6


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["customer", "id", "email", "note", "x"]), below, max_size=4)
    ),
    max_leaves=12,
)


@given(document=JSON)
def test_a_document_that_does_not_hold_the_name_is_never_theirs(document: Any) -> None:
    ids, emails = whose._named(json.dumps(document).encode())
    assert (
        whose._verdict(ids, emails, whose.Person(ids=frozenset({"C-ada-okoro"}), addresses=frozenset({"ada@okoro"})))
        is not True
    )
