"""Whoever takes rooms of limits and whoever frees them never wait for each other, whatever else they have in hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING

from sqlalchemy import text, update

from careengine.errors import StoreError
from careengine.model.policy import Offer, Recovery
from careengine.store import locks, parked, totals
from careengine.store.parked import ACTIONS, DROP, Verdict
from careengine.store.states import PARKED
from careengine.store.tables import actions
from tests.decide.worlds import NOW, field_test, policy, pounds
from tests.pipeline.house import pipeline
from tests.pipeline.limits import GOODWILL, failure, limit, told_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from careengine.pipeline import Pipeline
    from careengine.store import Store

ROUNDS, PAIRS = 6, 3
AT_ONCE = 3 * PAIRS
# Late deliveries get an offer, and so does whoever declines one. `a-room` is asked for before `z-room`, and counts only
# what comes in: so a customer who declines frees both, and asks for the second before.
AGAIN = policy(
    "again",
    "recovery",
    field_test("type", "is", "offer.declined"),
    Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("1.00"))),
    events=frozenset({"offer.declined"}),
)
A_ROOM, Z_ROOM = (limit(f"{name}-room", per="all", count=10**6) for name in "az")
INBOUND = field_test("direction", "is", "inbound")


@dataclass(frozen=True, slots=True)
class Crowd:
    """A store in which offers are made, declined and dropped at the same time."""

    store: Store
    line: Pipeline

    def offer(self, name: str, direction: str = "inbound") -> str:
        """An offer that takes both rooms; one to somebody to whom we wrote takes the second only."""
        made = self.line.handle(failure(name, f"C-{name}", direction=direction), "acme").decision
        return next(str(action["id"]) for action in made["actions"] if action["type"] == "offer")

    def decline(self, name: str, offer: str) -> None:
        told = told_of(f"{name}-declined", "offer.declined", offer, f"C-{name}", direction="outbound")
        self.line.handle(told, "acme")

    def park(self, offers: list[str]) -> None:
        with self.store.write() as transaction:
            parks = update(actions).where(actions.c.id.in_(offers)).values(state=PARKED)
            transaction.execute(parks)

    def drop(self) -> None:
        verdict = Verdict(what=ACTIONS, adapter="demo", cause=None, do=DROP, actor="person:kim", reason="not any more")
        parked.settle(self.store, "acme", verdict, NOW)


def crowd(store: Store) -> Crowd:
    rules = [GOODWILL, AGAIN, replace(A_ROOM, when=INBOUND), Z_ROOM]
    return Crowd(store, pipeline(store, rules, deliverable=("offer",)))


def deadlocks(store: Store, rounds: int) -> int:
    """How often the server had to end somebody, or somebody failed, while as many free rooms as take them."""
    one, failed = crowd(store), 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for turn in range(rounds):
            names = [f"{turn}-{number}" for number in range(PAIRS)]
            declined = {f"d-{name}": one.offer(f"d-{name}") for name in names}
            one.park([one.offer(f"p-{name}-{way}", way) for name in names for way in ("outbound", "inbound")])
            work: list[Callable[[], object]] = [partial(one.decline, name, offer) for name, offer in declined.items()]
            work += [partial(one.offer, f"n-{name}") for name in names]
            work += [one.drop] * PAIRS
            barrier = Barrier(len(work))
            failed += sum(threads.map(partial(_together, barrier), work))
    with store.read() as reader:
        assert all(finding.ok for finding in totals.checked(reader))
    store.engine.dispose()  # the server counts what a connection did when it ends
    with store.engine.connect() as reader:
        counted = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return failed + int(reader.execute(counted).scalar_one())


def _together(barrier: Barrier, work: Callable[[], object]) -> bool:
    """Whether it failed."""
    barrier.wait(60)
    try:
        work()
    except StoreError:
        return True
    return False


def test_whoever_takes_and_frees_rooms_waits_for_nobody_who_waits_for_them(server_store: Store) -> None:
    assert deadlocks(server_store, ROUNDS) == 0


def test_without_the_gate_the_server_has_to_end_somebody(server_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "hold_rooms", lambda *_: None)
    assert deadlocks(server_store, 2) > 0
