"""The kit finds what is wrong: the tutorial's adapter with one fault each must fail the test that is about it."""

from __future__ import annotations

import inspect
import json
import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from careengine import (
    AdapterSpec,
    AuthError,
    Capabilities,
    Entry,
    Health,
    OutcomeUnknown,
    Receipt,
    Rejected,
    Retryable,
    Throttled,
)
from careengine.testing import AdapterConformance, Proxy, TinyCrm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine import Action, WebhookRequest

TUTORIAL = (Path(__file__).parents[2] / "plugins" / "README.md").read_text(encoding="utf-8")
CODE = re.search(r"^# file: careengine_tiny/__init__.py\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)
KIT = AdapterConformance()


def tutorial() -> ModuleType:
    module = ModuleType("careengine_tiny")
    assert CODE is not None
    exec(CODE[1], vars(module))  # noqa: S102  the tutorial's own code
    return module


TINY = tutorial()
Base: Any = TINY.TinyAdapter


class TrustsEverybody(Base):  # type: ignore[misc]  # a class made from text
    def verify(self, request: WebhookRequest) -> str:
        return str(json.loads(request.body)["delivery"])


class StumblesOverHeaders(Base):  # type: ignore[misc]
    def verify(self, request: WebhookRequest) -> str:
        request.headers["x-tiny-signature"].encode("ascii")
        return str(super().verify(request))


class NamesDeliveriesAnew(Base):  # type: ignore[misc]
    calls = 0

    def verify(self, request: WebhookRequest) -> str:
        self.calls += 1
        return f"{super().verify(request)}-{self.calls}"


class SpeaksAnotherSchema(Base):  # type: ignore[misc]
    def parse(self, request: WebhookRequest) -> list[Mapping[str, Any]]:
        return [{**event, "occurred_at": "yesterday"} for event in super().parse(request)]


class HearsItself(Base):  # type: ignore[misc]
    def parse(self, request: WebhookRequest) -> list[Mapping[str, Any]]:
        return list(super().parse(replace(request, body=request.body.replace(b'"careengine"', b'"customer"'))))


class ChokesOnJunk(Base):  # type: ignore[misc]
    def parse(self, request: WebhookRequest) -> list[Mapping[str, Any]]:
        json.loads(request.body)
        return list(super().parse(request))


class ForgetsTheCustomer(Base):  # type: ignore[misc]
    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        full = super().fetch(event)
        return {name: value for name, value in full.items() if name != "customer"}


class WritesAgain(Base):  # type: ignore[misc]
    def apply(self, action: Action, *_: object) -> Receipt:
        self._call("POST", f"/cases/{action.target[5:]}/notes", {"text": action.params["text"]})
        return Receipt(outcome="changed")


class SaysItDid(Base):  # type: ignore[misc]
    def apply(self, *_: object) -> Receipt:
        return Receipt(outcome="changed")


class DoesWhatItNeverDeclared(Base):  # type: ignore[misc]
    def apply(self, action: Action, key: str, *_: object) -> Receipt:
        receipt: Receipt = super().apply(replace(action, type="note"), key)
        return receipt


class CallsItRetryable(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except Throttled:
            raise
        except Exception as error:
            raise Retryable(str(error)) from error


class LooksInVain(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except OutcomeUnknown:
            return super()._call("GET", path.removesuffix("/notes"))["notes"][-1]


class Impatient(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except Throttled as error:
            raise Throttled(1.0) from error


class RefusesForGood(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except Retryable as error:
            raise Rejected("no") from error


class RaisesItsHealth(Base):  # type: ignore[misc]
    def health(self) -> Health:
        self._call("GET", "/me")
        return Health(ok=True, detail="")


class TellsItsSecret(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except AuthError as error:
            raise AuthError(f"`{self.token}` is refused") from error


class RepeatsWhatTheCrmSaid(Base):  # type: ignore[misc]
    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super()._call(method, path, body)
        except Rejected as error:
            raise Rejected(f"{error}: {error.said}") from error


class Remembers(Base):  # type: ignore[misc]  # nothing is wrong with it
    """Takes what it heard for all that its CRM remembers."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.heard: list[str] = []
        self.told: list[Mapping[str, Any]] = []

    def parse(self, request: WebhookRequest) -> list[Mapping[str, Any]]:
        events: list[Mapping[str, Any]] = super().parse(request)
        self.told += events
        self.heard += [event["id"] for event in events]
        return events

    def history(self, _: str) -> list[Entry]:
        return [Entry(at=datetime.now(UTC), kind="interactions", ref=ref) for ref in self.heard]

    def reconcile(self, cursor: str | None) -> tuple[list[Mapping[str, Any]], str]:
        known = len(self.told) if cursor is None else int(cursor)
        return self.told[known:], str(len(self.told))


class RemembersUnderOtherNames(Remembers):
    def history(self, customer: str) -> list[Entry]:
        return [replace(entry, ref=f"message {entry.ref}") for entry in super().history(customer)]


class RemembersItself(Remembers):
    def apply(self, action: Action, key: str, *_: object) -> Receipt:
        self.heard.append(key)
        receipt: Receipt = super().apply(action, key)
        return receipt


class TakesThePastForThePresent(Remembers):
    def reconcile(self, cursor: str | None) -> tuple[list[Mapping[str, Any]], str]:
        found, after = super().reconcile(cursor)
        return [{"id": "from-long-ago"}] if cursor is None else found, after


class SetsItselfOff(Remembers):
    def apply(self, action: Action, key: str, *_: object) -> Receipt:
        receipt: Receipt = super().apply(action, key)
        self.told.append({"id": f"note-{key}"})
        return receipt


class LosesWhatWebhooksLost(Remembers):
    def reconcile(self, _: str | None) -> tuple[list[Mapping[str, Any]], str]:
        return [], "always"


def run(test: str, make: Callable[[Mapping[str, Any]], Any], **arguments: Any) -> None:
    """Run one test of the kit with an adapter made by `make`."""
    with ExitStack() as stack:
        crm = stack.enter_context(TinyCrm())
        proxy = stack.enter_context(Proxy(crm.url))
        spec = replace(TINY.careengine_adapters()[0], create=make)
        given = {"spec": spec, "crm": crm, "proxy": proxy, "adapter": make(crm.settings(proxy.url)), **arguments}
        call = getattr(KIT, test)
        call(**{name: given[name] for name in inspect.signature(call).parameters})


FAULTS: list[tuple[Any, str, dict[str, Any]]] = [
    (TrustsEverybody, "test_verify_refuses_a_forged_delivery", {}),
    (TrustsEverybody, "test_verify_refuses_a_delivery_without_proof", {}),
    (StumblesOverHeaders, "test_verify_refuses_hostile_proof", {"value": "\u2603"}),
    (NamesDeliveriesAnew, "test_verify_accepts_the_genuine_delivery", {}),
    (SpeaksAnotherSchema, "test_parse_gives_valid_interactions", {}),
    (HearsItself, "test_parse_drops_our_own_writes", {}),
    (ChokesOnJunk, "test_parse_refuses_junk", {"body": b"{"}),
    (ForgetsTheCustomer, "test_fetch_completes_an_interaction", {}),
    (WritesAgain, "test_apply_again_with_the_same_key_writes_nothing", {}),
    (WritesAgain, "test_connection_lost_after_sending", {}),
    (SaysItDid, "test_apply_carries_out_every_declared_action", {}),
    (SaysItDid, "test_apply_on_a_missing_case", {}),
    (DoesWhatItNeverDeclared, "test_apply_of_an_undeclared_action", {}),
    (CallsItRetryable, "test_wrong_credentials", {}),
    (CallsItRetryable, "test_connection_lost_after_sending", {}),
    (LooksInVain, "test_connection_lost_and_nothing_to_be_read_then", {}),
    (Impatient, "test_throttling_is_honoured", {}),
    (RefusesForGood, "test_dead_crm", {}),
    (RefusesForGood, "test_a_failing_crm_is_asked_again_later", {"status": 503}),
    (RemembersUnderOtherNames, "test_history_names_contacts_as_webhooks_do", {}),
    (RemembersItself, "test_history_leaves_out_our_own_writes", {}),
    (TakesThePastForThePresent, "test_reconcile_goes_on_from_its_cursor", {}),
    (SetsItselfOff, "test_reconcile_leaves_out_our_own_writes", {}),
    (LosesWhatWebhooksLost, "test_reconcile_goes_on_from_its_cursor", {}),
    (RaisesItsHealth, "test_dead_crm", {}),
    (TellsItsSecret, "test_secrets_stay_out_of_words", {}),
    (RepeatsWhatTheCrmSaid, "test_what_the_crm_says_stays_out_of_our_own_words", {"status": 422}),
]


@pytest.mark.parametrize(
    ("faulty", "test", "arguments"), FAULTS, ids=[f"{fault.__name__}-{test[5:]}" for fault, test, _ in FAULTS]
)
def test_the_kit_catches(faulty: Any, test: str, arguments: dict[str, Any]) -> None:
    run(test, faulty.__base__, **arguments)
    with pytest.raises(BaseException) as caught:  # noqa: PT011  pytest's own failure is no Exception
        run(test, faulty, **arguments)
    assert not isinstance(caught.value, (KeyboardInterrupt, SystemExit, TypeError))


@pytest.mark.parametrize(
    "capabilities",
    [
        Capabilities(actions=frozenset({"note", "hug"})),
        Capabilities(actions=frozenset()),
        Capabilities(concurrency="optimistic"),
        Capabilities(idempotency="hope"),
        Capabilities(actions=frozenset({"note", "restrict"})),  # it would never end
        Capabilities(webhook="trust"),
    ],
)
def test_the_kit_knows_the_words(capabilities: Capabilities) -> None:
    with pytest.raises(AssertionError):
        KIT.test_capabilities_use_known_words(AdapterSpec(name="x", create=Base, capabilities=capabilities))


def test_the_kit_wants_settings_explained() -> None:
    with TinyCrm() as crm:
        unexplained = {"type": "object", "properties": {"token": {"type": "string"}}}
        with pytest.raises(AssertionError, match="`token` needs a title"):
            KIT.test_settings_schema_is_sound_and_explained(
                AdapterSpec(name="x", create=Base, settings_schema=unexplained), crm
            )
