"""What goes wrong between an adapter and its CRM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from careengine.errors import AdapterError, AuthError, Retryable, Throttled
from careengine.model.adapter import CHANGED, UNCHANGED, UNKNOWN, Adapter, AdapterSpec
from careengine.testing.bench import Bench
from careengine.testing.checks import check, note, outcome, unwell
from careengine.testing.loopback import Answer, dead_url

if TYPE_CHECKING:
    from careengine.testing.crm import CrmUnderTest
    from careengine.testing.proxy import Proxy


class TroubleConformance(Bench):
    """What an adapter says when the CRM refuses, fails or cannot be reached."""

    def test_wrong_credentials(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        adapter = spec.create(crm.wrong_credentials(crm.url))
        with pytest.raises(AuthError):
            adapter.apply(note(crm.make_case()), "key")
        unwell(adapter)

    def test_dead_crm(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        adapter = spec.create(crm.settings(dead_url()))
        with pytest.raises(Retryable):
            adapter.apply(note(crm.make_case()), "key")
        unwell(adapter)

    def test_connection_lost_after_sending(self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy) -> None:
        case = crm.make_case()
        asked = note(case, "Said once")
        proxy.drop_after_write = True
        first = outcome(adapter, asked, "lost")
        check(first in (CHANGED, UNKNOWN), f"the CRM did it and the answer was lost; the adapter says {first}")
        proxy.drop_after_write = False
        again = outcome(adapter, asked, "lost")
        check(again == UNCHANGED, f"re-reading must find what was written; the adapter says {again}")
        check(sum("Said once" in text for text in crm.read_case(case).notes) == 1, "it must stand once in the CRM")

    def test_connection_lost_and_nothing_to_be_read_then(
        self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy
    ) -> None:
        proxy.away_after_write = True
        said = outcome(adapter, note(crm.make_case()), "lost")
        check(said == UNKNOWN, f"the write may still be on its way and nobody can look; the adapter says {said}")

    def test_throttling_is_honoured(self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy) -> None:
        case = crm.make_case()
        proxy.answer = Answer(status=429, headers={"Retry-After": "7"})
        with pytest.raises(Throttled) as told:
            adapter.apply(note(case), "key")
        check(told.value.after == 7, f"the CRM asked for 7 s, the adapter heard {told.value.after:g}")  # noqa: PLR2004
        for odd in ("soon", "-3", "", "9" * 30, "Wed, 21 Oct 2015 07:28:00 GMT"):
            proxy.answer = Answer(status=429, headers={"Retry-After": odd})
            with pytest.raises(Throttled) as told:
                adapter.apply(note(case), "key")
            check(0 <= told.value.after <= 86_400, f"Retry-After `{odd}` was heard as {told.value.after:g} s")  # noqa: PLR2004

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_failing_crm_is_asked_again_later(
        self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy, status: int
    ) -> None:
        case = crm.make_case()
        proxy.answer = Answer(status=status, body=b"<html>oops</html>")
        with pytest.raises(Retryable):
            adapter.apply(note(case), "key")

    @pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500])
    def test_what_the_crm_says_stays_out_of_our_own_words(
        self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy, status: int
    ) -> None:
        case, words = crm.make_case(), "Ada Okoro, ada@example.com"
        told = dict.fromkeys(("error", "message", "detail", "title", "errors"), words)
        proxy.answer = Answer(
            status=status, headers={"Content-Type": "application/json"}, body=json.dumps(told).encode()
        )
        with pytest.raises(AdapterError) as refused:
            adapter.apply(note(case), "key")
        check("Ada" not in str(refused.value), "errors are logged: give the CRM's words as `said`, not in the message")

    @pytest.mark.parametrize("body", [b"", b"<html>log in</html>", b"[]", b"null", b"{}", b"\xff", b"[" * 50_000])
    def test_an_answer_that_makes_no_sense(
        self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy, body: bytes
    ) -> None:
        case = crm.make_case()
        proxy.answer = Answer(status=200, headers={"Content-Type": "application/json"}, body=body)
        with pytest.raises(AdapterError):
            adapter.apply(note(case), "key")

    def test_redirects_are_not_followed(self, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy) -> None:
        case = crm.make_case()
        proxy.answer = Answer(status=302, headers={"Location": crm.url})
        with pytest.raises(AdapterError):
            adapter.apply(note(case), "key")

    def test_health(self, adapter: Adapter) -> None:
        health = adapter.health()
        check(health.ok, f"a CRM that works is healthy; the adapter says: {health.detail}")
