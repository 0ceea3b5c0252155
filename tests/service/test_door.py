"""Never an unbounded queue: a key has its rate, the service its places, a request its time."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.pipeline import Pipeline
from careengine.service.door import Door, Rates
from careengine.service.problems import HttpProblem
from careengine.service.roles import INTERACTIONS_WRITE
from careengine.store import keys
from tests.service.conftest import event

if TYPE_CHECKING:
    from typing import Any

    from tests.service.conftest import Start


def let_in(rates: Rates, key: str = "k") -> bool:
    try:
        rates.take(key)
    except HttpProblem:
        return False
    return True


@given(
    st.floats(0.1, 1000),
    st.integers(1, 50),
    st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_in_no_stretch_of_time_is_more_let_in_than_burst_and_rate_allow(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    now = 0.0
    rates = Rates(per_second=per_second, burst=burst, clock=lambda: now)
    admitted: list[float] = []
    for pause in pauses:
        now += pause
        if let_in(rates):
            admitted.append(now)
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            allowed = burst + (admitted[last] - start) * per_second
            assert last - first + 1 <= allowed + 1e-6


def test_after_the_time_it_was_told_to_wait_a_key_is_let_in_and_others_never_waited() -> None:
    now = 100.0
    rates = Rates(per_second=0.5, burst=3, clock=lambda: now)
    assert [let_in(rates) for _ in range(4)] == [True, True, True, False]
    assert let_in(rates, "other")
    with pytest.raises(HttpProblem) as refused:
        rates.take("k")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "2"})
    now += 2
    assert let_in(rates)
    assert not let_in(rates)


def test_without_a_rate_or_a_key_there_is_no_limit() -> None:
    free = Rates(per_second=0, burst=1, clock=lambda: 0.0)
    limited = Rates(per_second=1, burst=1, clock=lambda: 0.0)
    assert all(let_in(free) for _ in range(100))
    assert all(let_in(limited, "") for _ in range(100))


def test_places_are_given_back_and_those_who_watch_are_always_let_in() -> None:
    door = Door(most=1, rates=Rates(per_second=0, burst=1))
    with door.inside("/v1/decide"):
        with pytest.raises(HttpProblem, match="under way"), door.inside("/v1/decide"):
            pass
        with door.inside("/readyz"), door.inside("/metrics"):
            pass
    with door.inside("/v1/decide"):
        pass


def test_a_batch_is_charged_by_what_it_holds(start: Start) -> None:
    service = start(auth="keys", rate_per_second=0.001, rate_burst=3)
    with service.app.store.write() as transaction:
        made = keys.make(transaction, "default", "shop", [INTERACTIONS_WRITE], service.app.clock(), None)
    service.session.headers["Authorization"] = f"Bearer {made}"
    assert service.post("/v1/interactions", [event(), event(), event()]).status_code == 207
    answer = service.post("/v1/interactions", event())
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:careengine:problem:too-fast"
    assert int(answer.headers["Retry-After"]) > 0


def held(monkeypatch: pytest.MonkeyPatch, what: str = "dry_run") -> tuple[Event, Event]:
    """Dry runs are held from now on, or another part of the pipeline; the events say that one began, and let go."""
    begun, go = Event(), Event()
    does = getattr(Pipeline, what)

    def waits(*given: Any) -> Any:
        begun.set()
        go.wait(20)
        return does(*given)

    monkeypatch.setattr(Pipeline, what, waits)
    return begun, go


def test_a_full_service_asks_to_come_back_and_still_says_how_it_is(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(max_requests=1)
    begun, go = held(monkeypatch)
    codes: list[int] = []
    first = Thread(target=lambda: codes.append(service.post("/v1/decide", event()).status_code))
    first.start()
    try:
        assert begun.wait(10)
        answer = service.get("/v1/decisions")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert [service.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
    finally:
        go.set()
        first.join(10)
    assert codes == [200]


def test_what_takes_too_long_is_answered_and_has_one_effect_only(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(handle_seconds=0.2)
    _, go = held(monkeypatch, "_once")
    document = event()
    answer = service.post("/v1/interactions", document)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:careengine:problem:too-slow")
    assert "Retry-After" in answer.headers
    go.set()
    again = service.post("/v1/interactions", document)
    assert again.status_code == 200
    assert len(service.get("/v1/decisions").json()["decisions"]) == 1
