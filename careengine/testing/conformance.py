"""The conformance kit: subclass `AdapterConformance`, give it a CRM and a spec, and pytest proves the adapter.

::

    class TestMyAdapter(AdapterConformance):
        @pytest.fixture
        def spec(self): return careengine_my.careengine_adapters()[0]

        @pytest.fixture
        def crm(self): return MyCrm()     # see `CrmUnderTest`
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from jsonschema import Draft202012Validator

from careengine.errors import (
    AdapterError,
    AuthError,
    NotFound,
    OutcomeUnknown,
    PayloadError,
    Retryable,
    SignatureError,
    Throttled,
    Unsupported,
)
from careengine.model.adapter import (
    CHANGED,
    CONCURRENCY,
    IDEMPOTENCY,
    UNCHANGED,
    UNKNOWN,
    WEBHOOK,
    Adapter,
    AdapterSpec,
    Receipt,
    WebhookRequest,
)
from careengine.model.decision import ACTION_TYPES, EXECUTE, Action
from careengine.model.history import Entry
from careengine.resources import schema
from careengine.testing.loopback import Answer, dead_url
from careengine.testing.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.testing.crm import CrmUnderTest

WORDS = {"concurrency": CONCURRENCY, "idempotency": IDEMPOTENCY, "webhook": WEBHOOK}
METHODS = ("verify", "ack", "parse", "fetch", "history", "apply", "reconcile", "health")
HOSTILE = ("", "x" * 100_000, "\x00", "\u00fc\u2603", "t=,v1=", "sha256=", "%00%ff", "9" * 400)
JUNK = (b"", b"{", b"null", b"[]", b'"x"', b"7", b"\xff\xfe", b"{}", b'{"ticket": 1}', b"[" * 100_000, b'{"id": NaN}')

LONGEST_ID = 200  # as long as an interaction's id may be

_numbers = count(1)


def repr_short(value: object) -> str:
    """A test id that a terminal can show."""
    return ascii(value)[:20]


class AdapterConformance:
    """What every adapter must do, as tests. A subclass gives the fixtures `spec` and `crm`."""

    @pytest.fixture
    def spec(self) -> AdapterSpec:
        """The adapter's spec, as its plugin registers it."""
        raise NotImplementedError("give a fixture `spec` that returns the adapter's AdapterSpec")

    @pytest.fixture
    def crm(self) -> CrmUnderTest:
        """The CRM to prove it against; a fixture of wider scope may keep it running."""
        raise NotImplementedError("give a fixture `crm` that returns a CrmUnderTest")

    @pytest.fixture
    def proxy(self, crm: CrmUnderTest) -> Iterator[Proxy]:
        """Stands between the adapter and the CRM."""
        with Proxy(crm.url) as proxy:
            yield proxy

    @pytest.fixture
    def adapter(self, spec: AdapterSpec, crm: CrmUnderTest, proxy: Proxy) -> Adapter:
        """The adapter, talking through the proxy."""
        return spec.create(crm.settings(proxy.url))

    # The spec

    def test_capabilities_use_known_words(self, spec: AdapterSpec) -> None:
        for name, words in WORDS.items():
            given = getattr(spec.capabilities, name)
            check(given in words, f"{name} is `{given}`; it must be one of {words}")
        unknown = spec.capabilities.actions - set(ACTION_TYPES)
        check(not unknown, f"unknown action types {sorted(unknown)}; known are {ACTION_TYPES}")
        check("note" in spec.capabilities.actions, "every adapter carries out `note`")

    def test_adapter_has_every_method(self, adapter: Adapter) -> None:
        for name in METHODS:
            check(callable(getattr(adapter, name, None)), f"the adapter has no method `{name}`")

    def test_settings_schema_is_sound_and_explained(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        Draft202012Validator.check_schema(spec.settings_schema)
        problems = [e.message for e in Draft202012Validator(spec.settings_schema).iter_errors(crm.settings(crm.url))]
        check(not problems, f"the test's settings do not fit the adapter's own schema: {problems}")
        for name, setting in spec.settings_schema.get("properties", {}).items():
            check(setting.get("title") and setting.get("description"), f"setting `{name}` needs a title, a description")

    def test_secrets_stay_out_of_words(self, spec: AdapterSpec, crm: CrmUnderTest) -> None:
        settings = crm.wrong_credentials(crm.url)
        adapter = spec.create(settings)
        with pytest.raises(AdapterError) as refused:
            adapter.apply(note(crm.make_case()), "k")
        said = f"{adapter!r} {adapter.health()} {refused.value}"
        for path in spec.secrets:
            secret: Any = settings
            for name in path:
                secret = secret.get(name, {})
            check(not secret or secret not in said, f"the secret `{'.'.join(path)}` shows in a message")

    # Webhooks in

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

    # Reading

    def test_fetch_completes_an_interaction(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = adapter.parse(crm.contact(crm.make_case()))[0]
        full = adapter.fetch(event)
        all_valid([full])
        kept = all(full[name] == event[name] for name in ("id", "source", "type", "occurred_at"))
        check(kept, "completing must not change what the interaction is")
        check(full.get("case", {}).get("id"), "a completed interaction names its case")
        check(full.get("customer", {}).get("id"), "a completed interaction names its customer")

    def test_fetch_of_a_missing_case(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = dict(adapter.parse(crm.contact(crm.make_case()))[0])
        with pytest.raises(NotFound):
            adapter.fetch({**event, "case": {**event.get("case", {}), "id": crm.missing_case()}})

    def test_history_is_made_of_entries(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = adapter.fetch(adapter.parse(crm.contact(crm.make_case()))[0])
        for entry in adapter.history(event["customer"]["id"]):
            check(isinstance(entry, Entry), "history gives entries")
            check(entry.at.tzinfo is not None, "an entry's instant needs its offset from UTC")

    def test_reconcile_goes_on_from_its_cursor(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        _, cursor = adapter.reconcile(None)
        if cursor is None:
            pytest.skip("this adapter does not reconcile")
        case = crm.make_case()
        sent = {event["id"] for event in adapter.parse(crm.contact(case))}
        events, after = adapter.reconcile(cursor)
        all_valid(events)
        missed = sent - {event["id"] for event in events}
        check(not missed, f"reconciling must find what the webhook told, under the same ids: {sorted(missed)}")
        check(adapter.reconcile(after)[0] == [], "with the new cursor there is nothing new")

    # Writing

    def test_apply_carries_out_every_declared_action(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest
    ) -> None:
        for kind in sorted(spec.capabilities.actions):
            case = crm.make_case()
            before = crm.read_case(case)
            receipt = adapter.apply(action(kind, case, crm.params(kind)), f"key-{kind}")
            check(receipt.outcome == CHANGED, f"`{kind}` on a fresh case must be changed, it was {receipt.outcome}")
            check(crm.read_case(case) != before, f"`{kind}` says it changed the case, and nothing changed")

    def test_apply_again_with_the_same_key_writes_nothing(
        self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest, proxy: Proxy
    ) -> None:
        for kind in sorted(spec.capabilities.actions):
            case = crm.make_case()
            asked = action(kind, case, crm.params(kind))
            adapter.apply(asked, f"once-{kind}")
            state, proxy.writes = crm.read_case(case), 0
            again = adapter.apply(asked, f"once-{kind}")
            check(again.outcome == UNCHANGED, f"`{kind}` applied twice must be unchanged, it was {again.outcome}")
            check(proxy.writes == 0, f"`{kind}` applied twice must not write again, it made {proxy.writes} writes")
            check(crm.read_case(case) == state, f"`{kind}` applied twice changed the case again")

    def test_apply_of_a_note_is_read_back(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        adapter.apply(note(case, "First line\nsecond: 25.00 GBP (50%) <b>&amp;</b> {{x}} {% y %} #1"), "key-a")
        adapter.apply(note(case, "Another note"), "key-b")
        notes = crm.read_case(case).notes
        check(sum("First line" in text for text in notes) == 1, "the first note stands once")
        check(any("25.00 GBP (50%)" in text for text in notes), "a note keeps its words, whatever they look like")
        check(sum("Another note" in text for text in notes) == 1, "a note with another key is another note")

    def test_apply_of_an_undeclared_action(self, spec: AdapterSpec, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        for kind in sorted(set(ACTION_TYPES) - spec.capabilities.actions):
            with pytest.raises(Unsupported):
                adapter.apply(action(kind, case, {}), f"key-{kind}")

    def test_apply_on_a_missing_case(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        with pytest.raises(NotFound):
            adapter.apply(note(crm.missing_case()), "key")

    # What goes wrong between us and the CRM

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


def check(holds: object, otherwise: str) -> None:
    """Fail with a sentence that tells an adapter's author what to mend."""
    if not holds:
        raise AssertionError(otherwise)


def needs_proof(spec: AdapterSpec) -> None:
    """Skip where the adapter declares that its CRM sends no proof."""
    if spec.capabilities.webhook == "none":
        pytest.skip("this adapter takes no webhooks that prove their sender")


def action(kind: str, case: str, params: Mapping[str, Any]) -> Action:
    """An action on a case, as a decision would carry it."""
    number = next(_numbers)
    text = str(params.get("text") or f"Conformance {kind} {number}")
    return Action(
        id=f"conformance-{number}",
        type=kind,
        status=EXECUTE,
        target=f"case:{case}",
        params={**params, "case": case, "text": text},
        policies=("conformance",),
        because="the conformance kit asks for it",
    )


def note(case: str, text: str = "A note") -> Action:
    """A note on a case."""
    return action("note", case, {"text": text})


def outcome(adapter: Adapter, asked: Action, key: str) -> str:
    """What the adapter says became of an action: its receipt, or unknown when it raises OutcomeUnknown."""
    try:
        receipt: Receipt = adapter.apply(asked, key)
    except OutcomeUnknown:
        return UNKNOWN
    return receipt.outcome


def unwell(adapter: Adapter) -> None:
    """Check that the adapter says so, with a reason, when it cannot work."""
    health = adapter.health()
    check(not health.ok and health.detail, "health must be not ok, with a reason, and must not raise")


def passes_or_refuses(adapter: Adapter, request: WebhookRequest) -> None:
    """Check that verify gives an id or raises SignatureError, and nothing else."""
    try:
        check(adapter.verify(request), "verify gives a delivery id or raises SignatureError")
    except SignatureError:
        return


def with_query(url: str, value: str) -> str:
    """The address with every value of its query replaced."""
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return urlunsplit(parts._replace(query=urlencode(dict.fromkeys(names, value))))


def all_valid(events: Sequence[Mapping[str, Any]]) -> None:
    """Check interactions against their schema, formats included."""
    validator = Draft202012Validator(schema("interaction"), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for event in events:
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]
        check(not problems, f"the interaction does not fit its schema: {problems}")
