"""What webhooks brought is completed from the CRM and handed on, each interaction for itself."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from careengine.errors import AuthError, NotFound, PayloadError, PayloadProblem, Retryable, StoreError, Throttled
from careengine.model.adapter import WebhookRequest
from careengine.store import decisions, inbox, outbox, people
from tests.delivery.crm import Clock, Crm, delivery, end, post
from tests.pipeline.house import contact, pipeline
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.store import Store

BAD = PayloadError([PayloadProblem(pointer="/type", message="is missing")])


def _states(store: Store, name: str = "x-1") -> dict[str, inbox.Delivery]:
    with store.read() as reader:
        found = {s: inbox.in_state(reader, "acme", s) for s in ("due", "done", "parked")}
    return {state: one for state, all_ in found.items() for one in all_ if one.delivery == name}


def test_from_the_webhook_to_the_note(store: Store) -> None:
    crm = Crm(parsed=[contact("e-1", source="?"), contact("e-2", failure={"type": "late_delivery"})])
    post(store, "x-1")
    work = delivery(store, {"demo": crm}, handle=pipeline(store).handle)
    work.run_once()
    assert set(_states(store)) == {"done"}
    with store.read() as reader:
        assert [one.event["source"] for one in decisions.page(reader, "acme")] == ["demo", "demo"]
        [done] = outbox.in_state(reader, "acme", "done")
    assert crm.written == [done.action.id]
    assert done.action.target == "case:T-1"  # as the CRM completed it


def test_a_customers_words_are_gone_from_every_file_when_a_delivery_is_worked_off(file_store: Store) -> None:
    class Shop(Crm):
        def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
            return [contact(text=request.body.decode())]

    request = WebhookRequest(method="POST", url="", headers={}, body=b"planted words")
    with file_store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "x-1", request, Clock().at)
    assert _files_with(file_store, b"planted words")
    delivery(file_store, {"demo": Shop()}, handle=pipeline(file_store).handle).run_once()
    assert set(_states(file_store)) == {"done"}
    assert not _files_with(file_store, b"planted words")


def _files_with(store: Store, words: bytes) -> list[str]:
    files = Path(store.place).parent.glob(f"{Path(store.place).name}*")
    return [file.name for file in files if words in file.read_bytes()]


@pytest.mark.parametrize("failure", [Retryable("away"), ValueError("s3cret"), StoreError("full")])
def test_what_fails_for_now_is_tried_again_and_then_parked(store: Store, failure: Exception) -> None:
    crm, clock = Crm(parsed=[contact()], fetches=deque([failure] * 9)), Clock()
    post(store, "x-1")
    work = delivery(store, {"demo": crm}, clock=clock)
    with capture_logs() as logs:
        work.run_once()
        assert _states(store)["due"].due_at == clock() + timedelta(seconds=1)
        for _ in range(5):
            clock.forward(10)
            work.run_once()
    parked = _states(store)["parked"]
    assert parked.reason.startswith("gave up after 4 attempts: ")
    assert parked.request.body == b"{}"  # kept for the person who looks
    assert [entry["event"] for entry in logs] == ["to be tried again"] * 3 + ["parked"]
    assert "s3cret" not in str(logs) + parked.reason


@pytest.mark.parametrize("failure", [AuthError("key expired"), NotFound("no such case"), BAD])
def test_what_a_person_must_mend_is_parked_at_once(store: Store, failure: Exception) -> None:
    crm = Crm(parsed=[contact()], fetches=deque([failure]))
    post(store, "x-1", "x-2")
    delivery(store, {"demo": crm}).run_once()
    assert _states(store)["parked"].reason == str(failure)
    assert set(_states(store, "x-2")) == {"done"}


def test_a_delivery_that_cannot_be_parsed_is_parked(store: Store) -> None:
    crm = Crm(parsed=BAD)
    post(store, "x-1")
    delivery(store, {"demo": crm}).run_once()
    assert _states(store)["parked"].reason == "/type: is missing"


def test_throttling_holds_up_the_adapter_and_costs_no_attempt(store: Store) -> None:
    crm, clock = Crm(parsed=[contact()], fetches=deque([Throttled(60)] * 6)), Clock()
    post(store, "x-1", "x-2")
    work = delivery(store, {"demo": crm}, clock=clock)
    for _ in range(6):
        work.run_once()
        clock.forward(59)
        assert work.run_once() == 0
        clock.forward(1)
    assert _states(store)["due"].attempts == 0
    work.run_once()
    assert set(_states(store)) == set(_states(store, "x-2")) == {"done"}


def test_one_bad_interaction_does_not_hold_up_the_good_ones_beside_it(store: Store) -> None:
    crm = Crm(parsed=[contact("e-1"), contact("e-2", colour="red"), contact("e-3", id=7), contact("e-4")])
    post(store, "x-1")
    delivery(store, {"demo": crm}, handle=pipeline(store).handle).run_once()
    parked = _states(store)["parked"]
    assert "/: unknown field; the company's own" in parked.reason
    assert "/id: expected text" in parked.reason
    with store.read() as reader:
        assert [one.event["id"] for one in decisions.page(reader, "acme")] == ["e-4", "e-1"]


def test_trying_again_hands_nothing_on_twice(store: Store) -> None:
    handled: list[tuple[str, bool]] = []
    line = pipeline(store)

    def handle(document: Any, tenant: str, *more: Any) -> None:
        handled.append((document["id"], line.handle(document, tenant, *more).duplicate))

    crm, clock = Crm(parsed=[contact("e-1"), contact("e-2")]), Clock()
    post(store, "x-1")
    work = delivery(store, {"demo": crm}, clock=clock, handle=handle)
    good = crm.fetch

    def second_fails(event: Any) -> Any:
        if event["id"] == "e-2" and clock() == Clock().at:
            raise Retryable("away")
        return good(event)

    crm.fetch = second_fails  # type: ignore[method-assign]
    work.run_once()
    clock.forward(10)
    work.run_once()
    assert handled == [("e-1", False), ("e-2", False)]
    assert crm.fetched == ["e-1", "e-2"]  # what is decided is not asked for again


@pytest.mark.parametrize("told", [True, False])
def test_what_is_erased_while_a_worker_has_it_in_hand_stays_erased(store: Store, told: bool) -> None:  # noqa: FBT001
    """`told`: whether the one who erases has the adapter, or goes by the members' names."""
    brought = contact("e-1", customer={"id": "C-ada"})

    class Slow(Crm):
        def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
            assert b"C-ada" in request.body
            return [brought, contact("e-2", customer={"id": "C-ada"})]

        def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
            if event["id"] == "e-1":  # it takes its time, and meanwhile somebody erases the customer
                read = (lambda one: self.parse(one.request)) if told else people.by_its_members
                with store.write() as transaction:
                    assert people.erase(transaction, "acme", "C-ada", NOW, read)["deliveries"] == 1
            return super().fetch(event)

    request = WebhookRequest(method="POST", url="", headers={}, body=b'{"customer": "C-ada"}')
    with store.write() as transaction:
        inbox.keep(transaction, "acme", "demo", "x-1", request, NOW)
    work = delivery(store, {"demo": Slow()}, handle=pipeline(store).handle)
    with capture_logs() as logs:
        assert work.run_once() == 1
    with store.read() as reader:
        assert not any(people.of_person(reader, "acme", "C-ada").values())
        (dropped,) = inbox.in_state(reader, "acme", "dropped")
        assert (dropped.request.body, dropped.reason) == (b"", people.ERASED)
    assert logs == []


def test_a_delivery_that_ends_the_program_each_time_is_parked(store: Store) -> None:
    crm = Crm(parsed=[contact()], fetches=deque([KeyboardInterrupt()] * 9))
    post(store, "x-1")
    for _ in range(4):
        work = delivery(store, {"demo": crm})
        work.recover()
        with pytest.raises(KeyboardInterrupt):
            work.run_once()
        end(work)
    work = delivery(store, {"demo": crm})
    work.recover()
    work.run_once()
    assert _states(store)["parked"].reason.startswith("gave up after 4 attempts")
