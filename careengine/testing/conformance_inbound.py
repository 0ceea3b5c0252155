"""Webhooks in: who sent them, and what they tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from careengine.errors import PayloadError, SignatureError
from careengine.testing.bench import Bench
from careengine.testing.checks import all_valid, check, needs_proof, passes_or_refuses, repr_short, with_query

if TYPE_CHECKING:
    from careengine.model.adapter import Adapter, AdapterSpec
    from careengine.testing.crm import CrmUnderTest

HOSTILE = ("", "x" * 100_000, "\x00", "\u00fc\u2603", "t=,v1=", "sha256=", "%00%ff", "9" * 400)
JUNK = (b"", b"{", b"null", b"[]", b'"x"', b"7", b"\xff\xfe", b"{}", b'{"ticket": 1}', b"[" * 100_000, b'{"id": NaN}')
LONGEST_ID = 200  # as long as an interaction's id may be


class InboundConformance(Bench):
    """What an adapter makes of deliveries, genuine, forged and broken."""

    def test_verify_accepts_the_genuine_delivery(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        request = crm.contact(crm.make_case())
        delivery = adapter.verify(request)
        check(
            0 < len(delivery) <= LONGEST_ID, f"the delivery id `{delivery[:80]}` must have 1 to {LONGEST_ID} characters"
        )
        check(adapter.verify(request) == delivery, "the same delivery must have the same id when it comes again")
        check(
            adapter.verify(crm.contact(crm.make_case())) != delivery, "another delivery must have another delivery id"
        )

    def test_verify_refuses_a_forged_delivery(self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest) -> None:
        needs_proof(spec)
        with pytest.raises(SignatureError):
            adapter.verify(crm.tampered(crm.contact(crm.make_case())))

    def test_verify_refuses_a_delivery_without_proof(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest
    ) -> None:
        needs_proof(spec)
        request = crm.contact(crm.make_case())
        with pytest.raises(SignatureError):
            adapter.verify(replace(request, headers={}, url=request.url.partition("?")[0]))

    @pytest.mark.parametrize("value", HOSTILE, ids=repr_short)
    def test_verify_refuses_hostile_proof(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest, value: str
    ) -> None:
        needs_proof(spec)
        request = crm.contact(crm.make_case())
        everywhere = replace(request, headers=dict.fromkeys(request.headers, value), url=with_query(request.url, value))
        with pytest.raises(SignatureError):
            adapter.verify(everywhere)
        for name in request.headers:
            passes_or_refuses(adapter, replace(request, headers={**request.headers, name: value}))

    def test_parse_gives_valid_interactions(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        request = crm.contact(crm.make_case())
        events = adapter.parse(request)
        check(len(events) > 0, "a customer's contact must give at least one interaction")
        all_valid(events)
        check(list(adapter.parse(request)) == list(events), "parsing again must give the same interactions")
        check(len({event["id"] for event in events}) == len(events), "each interaction needs an id of its own")
        contact = [e for e in events if e["type"] == "interaction.received"]
        check(contact and contact[0].get("direction") == "inbound", "the contact must be an inbound interaction")

    def test_parse_drops_our_own_writes(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        request = crm.own_write(adapter, crm.make_case())
        if request is None:
            pytest.skip("this CRM sends nothing for what the adapter writes")
        check(list(adapter.parse(request)) == [], "what the adapter wrote itself must not come back as an interaction")

    @pytest.mark.parametrize("body", JUNK, ids=repr_short)
    def test_parse_refuses_junk(self, adapter: Adapter, crm: CrmUnderTest, body: bytes) -> None:
        request = replace(crm.contact(crm.make_case()), body=body)
        passes_or_refuses(adapter, request)
        try:
            events = adapter.parse(request)
        except PayloadError:
            return
        check(list(events) == [], "junk must raise PayloadError or give no interactions")

    def test_ack_is_an_http_answer(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        status, body = adapter.ack(crm.contact(crm.make_case()))
        check(200 <= status < 300 and isinstance(body, bytes), "a kept delivery is acknowledged with a 2xx")  # noqa: PLR2004  HTTP
