"""What no webhook told is asked for at intervals, kept with the cursor, and worked off like what a webhook brought."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from careengine.errors import AuthError, PayloadError, PayloadProblem, Retryable, Throttled
from careengine.store import cursors, decisions, inbox, rejects
from tests.delivery.crm import Clock, Crm, delivery, post, put
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.delivery import Delivery
    from careengine.store import Store

MINUTE = 60.0


def _work(store: Store, crm: Crm, clock: Clock | None = None, **more: Any) -> Delivery:
    settings = {"reconcile_seconds": MINUTE, **more}
    return delivery(store, {"demo": crm}, clock=clock or Clock(), handle=pipeline(store).handle, **settings)


def _decided(store: Store) -> list[str]:
    with store.read() as reader:
        return [one.event["id"] for one in reversed(decisions.page(reader, "acme"))]


def _cursor(store: Store) -> str | None:
    with store.read() as reader:
        return cursors.get(reader, "acme", "demo")


def test_the_past_is_not_taken_for_the_present(store: Store) -> None:
    crm, clock = Crm(news=deque([([contact("e-1")], "1"), ([contact("e-2")], "2")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    assert (_decided(store), _cursor(store), crm.cursors) == ([], "1", [None])
    clock.forward(MINUTE)
    work.run_once()
    assert (_decided(store), _cursor(store), crm.cursors) == (["e-2"], "2", [None, "1"])


def test_a_crm_sets_off_no_timer_of_ours(store: Store) -> None:
    due = contact("e-1", type="clock.due", clock={"kind": "standard", "policy": "p", "step": "s", "subject": "case:1"})
    crm, clock = Crm(news=deque([([], "1"), ([due, contact("careengine:clock:1"), contact("e-2")], "2")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    work.run_once()
    assert _decided(store) == ["e-2"]


def test_two_programs_that_find_the_same_at_once_keep_it_once(store: Store) -> None:
    found = [contact(f"e-{number}") for number in range(30)]
    barrier = Barrier(2)

    class Slow(Crm):
        def reconcile(self, cursor: str | None) -> tuple[Sequence[Any], str | None]:
            barrier.wait(20)
            return super().reconcile(cursor)

    for first, then in (([], "1"), (found, "2")):
        asked = [_work(store, Slow(news=deque([(first, then)])))._lanes["demo"].catch_up for _ in range(2)]
        with ThreadPoolExecutor(2) as programs:
            kept = sum(programs.map(lambda each: each.ask(), asked))
        assert (kept, _cursor(store)) == (len(first), then)


def test_it_asks_at_the_start_and_then_at_its_interval_from_where_it_was(store: Store) -> None:
    crm, clock = Crm(), Clock()
    work = _work(store, crm, clock)
    for _ in range(2):
        work.run_once()
        clock.forward(MINUTE - 0.001)
        work.run_once()
        clock.forward(0.001)
    assert crm.cursors == [None, "now"]
    _work(store, crm, clock).run_once()
    assert crm.cursors == [None, "now", "now"]


def test_zero_switches_it_off(store: Store) -> None:
    crm = Crm()
    _work(store, crm, reconcile_seconds=0).run_once()
    assert crm.cursors == []


def test_a_crm_that_cannot_be_asked_leaves_no_cursor(store: Store) -> None:
    crm, clock = Crm(news=deque([((), None), ((), None)])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    work.run_once()
    assert (crm.cursors, _cursor(store), work.troubles) == ([None, None], None, {})


@pytest.mark.parametrize("webhook_first", [True, False])
def test_an_interaction_that_comes_both_ways_is_one(store: Store, *, webhook_first: bool) -> None:
    crm, clock = Crm(parsed=[contact("e-1")], news=deque([((), "0")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    crm.news.append(([contact("e-1", text="the same in other words")], "1"))
    if webhook_first:
        post(store, "x-1")
        work.run_once()
    clock.forward(MINUTE)
    work.run_once()
    if not webhook_first:
        post(store, "x-1")
        work.run_once()
    assert (_decided(store), crm.fetched, _cursor(store)) == (["e-1"], ["e-1"], "1")


def test_both_ways_at_the_same_time_are_one_too(store: Store) -> None:
    crm, clock = Crm(parsed=[contact("e-1")], news=deque([((), "0"), ([contact("e-1")], "1")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    post(store, "x-1")
    work.run_once()
    assert (_decided(store), crm.fetched) == (["e-1"], ["e-1"])
    with store.read() as reader:
        assert len(inbox.in_state(reader, "acme", "done")) == 2


def test_what_was_found_is_tried_again_by_itself_and_the_cursor_goes_on(store: Store) -> None:
    crm, clock = Crm(news=deque([((), "0"), ([contact("e-1"), contact("e-2")], "2")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    crm.fetches.append(Retryable("away"))
    work.run_once()
    assert (_decided(store), _cursor(store)) == (["e-2"], "2")
    clock.forward(1)
    _work(store, Crm(), clock).run_once()  # a restart loses nothing
    assert sorted(_decided(store)) == ["e-1", "e-2"]


def test_a_bad_interaction_is_counted_and_stops_nothing(store: Store) -> None:
    bad = [contact("e-1", colour="red"), contact("e-2", id=7), contact("e-3", text=object()), 5, None]
    found = [*bad, MappingProxyType(contact("e-4"))]
    crm, clock = Crm(news=deque([((), "0"), (found, "6")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    work.run_once()
    assert (_decided(store), _cursor(store), work.troubles) == (["e-4"], "6", {})
    with store.read() as reader:
        assert rejects.count(reader, "acme") == 5


@pytest.mark.parametrize(
    "failure", [Retryable("away"), AuthError("key expired"), PayloadError([PayloadProblem(pointer="", message="odd")])]
)
def test_what_fails_is_put_off_longer_each_time_and_told(store: Store, failure: Exception) -> None:
    crm, clock = Crm(news=deque([((), "0"), failure, failure])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    with capture_logs() as logs:
        for wait in (1.0, 2.0):  # half of 2 and of 4 seconds, by the jitter
            work.run_once()
            assert work.troubles == {"demo": str(failure)}
            clock.forward(wait - 0.001)
            work.run_once()
            clock.forward(0.001)
    assert [entry["event"] for entry in logs] == ["reconciling is put off"] * 2
    work.run_once()
    assert (crm.cursors, work.troubles) == ([None, "0", "0", "0"], {})


def test_a_fault_of_the_adapter_is_told_without_its_words(store: Store) -> None:
    work = _work(store, Crm(news=deque([ValueError("s3cret")])))
    with capture_logs() as logs:
        work.run_once()
    assert "(ValueError at crm.py:" in work.troubles["demo"]
    assert "s3cret" not in str(logs) + str(work.troubles)


def test_throttling_holds_up_the_adapter(store: Store) -> None:
    crm, clock = Crm(news=deque([Throttled(90)])), Clock()
    put(store, "a-1")
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(89.999)
    work.run_once()
    assert (crm.calls, crm.cursors) == ([], [None])
    clock.forward(0.001)
    work.run_once()
    assert (crm.calls, crm.cursors) == (["a-1"], [None, None])


def test_a_sudden_end_before_anything_is_kept_asks_again_from_the_same_place(store: Store) -> None:
    crm, clock = Crm(news=deque([((), "0"), KeyboardInterrupt(), ([contact("e-1")], "1")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(MINUTE)
    with pytest.raises(KeyboardInterrupt):
        work.run_once()
    _work(store, crm, clock).run_once()
    assert (crm.cursors, _decided(store)) == ([None, "0", "0"], ["e-1"])


def test_the_very_first_failure_is_put_off_by_the_first_delay(store: Store) -> None:
    crm, clock = Crm(news=deque([Retryable("away"), ((), "0")])), Clock()
    work = _work(store, crm, clock)
    work.run_once()
    clock.forward(0.999)  # half of 2 seconds, by the jitter
    work.run_once()
    assert crm.cursors == [None]
    clock.forward(0.001)
    work.run_once()
    assert crm.cursors == [None, None]
