"""A CRM that refuses our credentials is left alone for a while; nothing is parked for that, and all goes on after."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from careengine.errors import AuthError, Retryable
from careengine.store import outbox
from tests.delivery.crm import Clock, Crm, delivery, post, put
from tests.pipeline.house import contact

if TYPE_CHECKING:
    from careengine.store import Store

NO = AuthError("key expired")


def states(store: Store) -> dict[str, tuple[str, int]]:
    with store.read() as reader:
        found = [one for state in ("due", "done", "parked") for one in outbox.in_state(reader, "acme", state)]
    return {one.action.id: (one.state, one.attempts) for one in found}


def test_nothing_is_parked_however_long_it_lasts(store: Store) -> None:
    crm, clock = Crm(deque([NO] * 50)), Clock()
    for number in range(3):
        put(store, f"a-{number}", target=f"case:T-{number}")
    work = delivery(store, {"demo": crm}, clock=clock)
    with capture_logs() as logs:
        for asked in range(1, 51):
            work.run_once()
            assert len(crm.calls) == asked  # one is tried, and the others wait with it
            assert work.run_once() == 0
            clock.forward(400)
        for _ in range(3):
            work.run_once()
            clock.forward(400)
    assert {state for state, _ in states(store).values()} == {"done"}
    told = [entry["event"] for entry in logs if "credentials" in entry["event"]]
    assert told == ["the CRM refuses our credentials", "the CRM takes our credentials again"]


def test_the_waits_grow_to_a_bound(store: Store) -> None:
    crm, clock, waits = Crm(deque([NO] * 12)), Clock(), []
    put(store, "a-1", "a-2")
    work = delivery(store, {"demo": crm}, clock=clock, max_delay_seconds=86400.0, random=lambda: 1.0)
    for _ in range(12):
        work.run_once()
        until = work._lanes["demo"]._refusals["send"]._until
        assert until is not None
        waits.append((until - clock()).total_seconds())
        clock.forward(400)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]


def test_one_that_alone_is_refused_holds_nobody_up_and_is_parked_in_the_end(store: Store) -> None:
    crm, clock = Crm(), Clock()
    good = crm.apply

    def apply(action: object, key: str) -> object:
        if key == "secret":
            raise NO
        return good(action, key)  # type: ignore[arg-type]

    crm.apply = apply  # type: ignore[method-assign, assignment]
    put(store, "secret", target="case:secret")
    work = delivery(store, {"demo": crm}, clock=clock)
    for number in range(12):
        put(store, f"a-{number}", target=f"case:T-{number}")
        for _ in range(4):
            work.run_once()
            clock.forward(2)
    assert states(store)["secret"] == ("parked", 4)
    assert [state for name, (state, _) in states(store).items() if name != "secret"] == ["done"] * 12


def test_what_cannot_be_read_does_not_keep_from_writing_and_a_crm_that_is_away_lets_nobody_in(store: Store) -> None:
    crm, clock = Crm(deque([NO, Retryable("away"), NO]), parsed=[contact()], fetches=deque([NO] * 9)), Clock()
    post(store, "x-1")
    put(store, "a-1")
    work = delivery(store, {"demo": crm}, clock=clock)
    for _ in range(4):
        work.run_once()
        clock.forward(20)
    assert crm.written == ["a-1"]
    assert len(crm.fetched) == 4
    with store.read() as reader:
        done = outbox.get(reader, "acme", "a-1")
    assert done is not None
    assert done.attempts == 3  # the second refusal came without having been let in, and is not counted
