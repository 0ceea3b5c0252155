"""A write that reaches the CRM after its sender stopped waiting, and after the sender looked for it, is not made twice.

The CRM lays such a write aside, ends the connection, and answers readers without it, until it gets round to it.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from careengine.errors import Conflict, OutcomeUnknown, Rejected, Retryable, Throttled
from careengine.model.adapter import Receipt
from careengine.store import outbox
from careengine.testing.loopback import Answer, Loopback
from tests.delivery.crm import Clock, Crm, delivery, end, put
from tests.reliability.kills.plugin import LedgerAdapter
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.delivery import Delivery
    from careengine.store import Store
    from careengine.store.outbox import StoredAction

SETTLE = 30.0
# What would happen otherwise is shown, too: else nobody knew that these stories are the dangerous ones.
SETTLED_OR_NOT = pytest.mark.parametrize(("settle", "times"), [(SETTLE, 1), (0.0, 2)])


@dataclass
class SlowCrm(Loopback):
    """`slow` is how many writes it will lay aside. `asked` are the methods of the requests that came in."""

    slow: int = 1
    written: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:  # noqa: ARG002
        self.asked.append(method)
        if method == "POST" and len(self.aside) < self.slow:
            self.aside.append(json.loads(body)["key"])
            return None
        if method == "POST":
            self.written.append(json.loads(body)["key"])
        return Answer(status=200, body=json.dumps([{"key": key} for key in self.written]).encode())

    def get_round_to_it(self) -> None:
        self.written += self.aside


@pytest.fixture
def crm() -> Iterator[SlowCrm]:
    with SlowCrm() as made:
        yield made


def _work(store: Store, crm: SlowCrm, clock: Clock, settle: float) -> Delivery:
    adapter = LedgerAdapter({"base_url": crm.url, "webhook_secret": "nobody sends any"})
    return delivery(store, {"demo": adapter}, clock=clock, settle_seconds=settle, random=lambda: 0.0)


def _action(store: Store) -> StoredAction:
    with store.read() as reader:
        found = outbox.get(reader, "acme", "a-1")
    assert found is not None
    return found


def _settles(work: Delivery, crm: SlowCrm, clock: Clock, settle: float) -> None:
    """The CRM gets round to the write at the last moment, and nobody asked it anything before."""
    if settle:
        crm.asked.clear()
        clock.forward(settle - 0.001)
        assert (work.run_once(), crm.asked) == (0, [])
    else:
        work.run_once()
    crm.get_round_to_it()
    clock.forward(0.001)
    work.run_once()


@SETTLED_OR_NOT
def test_an_answer_that_never_came(store: Store, crm: SlowCrm, settle: float, times: int) -> None:
    clock = Clock()
    put(store, "a-1")
    work = _work(store, crm, clock, settle)
    work._lanes["demo"].step()
    assert crm.asked == ["GET", "POST"]
    _settles(work, crm, clock, settle)
    assert crm.written == ["a-1"] * times
    assert _action(store).state == "done"


@SETTLED_OR_NOT
def test_a_sudden_end_while_it_was_being_sent(store: Store, crm: SlowCrm, settle: float, times: int) -> None:
    clock, first = Clock(), Crm()
    put(store, "a-1")

    def sent_and_killed() -> None:
        crm.aside.append("a-1")
        raise KeyboardInterrupt

    first.answers.append(sent_and_killed)
    ended = delivery(store, {"demo": first}, clock=clock)
    with pytest.raises(KeyboardInterrupt):
        ended.run_once()
    end(ended)
    work = _work(store, crm, clock, settle)
    assert work.recover() == 1
    _settles(work, crm, clock, settle)
    assert crm.written == ["a-1"] * times
    assert _action(store).state == "done"


@SETTLED_OR_NOT
def test_a_person_who_lets_it_be_tried_again(store: Store, crm: SlowCrm, settle: float, times: int) -> None:
    clock = Clock()
    put(store, "a-1")
    first = delivery(
        store,
        {"demo": LedgerAdapter({"base_url": crm.url, "webhook_secret": "nobody sends any"})},
        settle_seconds=settle,
        max_attempts=1,
    )
    first.run_once()
    assert _action(store).state == "parked"
    with store.write() as transaction:
        outbox.retry_parked(transaction, "acme", "a-1", "the network is mended", clock())
    end(first)
    _settles(_work(store, crm, clock, settle), crm, clock, settle)
    assert crm.written == ["a-1"] * times
    assert _action(store).state == "done"


def test_later_ones_of_its_case_wait_with_it_and_others_do_not(store: Store, crm: SlowCrm) -> None:
    clock = Clock()
    put(store, "a-1", "a-2")
    put(store, "b-1", target="case:T-2")
    work = _work(store, crm, clock, SETTLE)
    work.run_once()
    assert crm.written == ["b-1"]
    crm.get_round_to_it()
    clock.forward(SETTLE)
    work.run_once()
    assert crm.written == ["b-1", "a-1", "a-2"]


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (OutcomeUnknown("cut off"), SETTLE + 1),
        (Receipt(outcome="unknown"), SETTLE + 1),
        (ValueError("what nobody meant to raise"), SETTLE + 1),
        (Retryable("nobody is there"), 1),
        (Conflict("it changed"), 1),
        (Throttled(0), 0),
        (Rejected("no"), 0),
    ],
)
def test_only_what_may_have_arrived_settles(store: Store, failure: Exception | Receipt, seconds: float) -> None:
    put(store, "a-1")
    work = delivery(store, {"demo": Crm(deque([failure]))}, settle_seconds=SETTLE, random=lambda: 0.5)
    work._lanes["demo"].step()
    assert _action(store).due_at == NOW + timedelta(seconds=seconds)
