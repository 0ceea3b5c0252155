"""Told to stop: not ready at once, everything under way is finished, nothing new is delivered."""

from __future__ import annotations

import signal
from threading import Event, Thread
from typing import TYPE_CHECKING

from careengine.store.database import SqliteStore
from tests.service.conftest import event
from tests.service.test_door import held

if TYPE_CHECKING:
    import pytest

    from tests.service.conftest import Start


def test_while_it_drains_it_answers_and_says_that_it_is_not_ready(start: Start) -> None:
    service = start(drain_seconds=60)
    assert service.get("/readyz").status_code == 200
    service.server.handle_exit(signal.SIGTERM, None)
    for _ in range(1000):
        answer = service.get("/readyz")
        if answer.status_code == 503:
            break
    assert answer.json()["checks"]["service"] == {
        "ok": False,
        "detail": "it was told to stop and finishes what is under way",
    }
    last = service.post("/v1/interactions", event())
    assert (last.status_code, last.headers["Connection"]) == (200, "close")
    assert not service.server.should_exit
    service.server.handle_exit(signal.SIGTERM, None)  # told again: at once
    assert service.server.should_exit


def test_those_who_ask_at_the_same_time_whether_it_is_ready_share_one_look(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start()
    looks, go = [], Event()
    prove = SqliteStore.prove

    def counted(self: SqliteStore) -> None:
        looks.append(1)
        go.wait(20)
        prove(self)

    monkeypatch.setattr(SqliteStore, "prove", counted)
    codes: list[int] = []
    askers = [Thread(target=lambda: codes.append(service.get("/readyz").status_code)) for _ in range(5)]
    for asker in askers:
        asker.start()
    door = service.server._asgi.state.service.door
    for _ in range(100_000):
        if door._inside == len(askers):
            break
        service.get("/healthz")
    go.set()
    for asker in askers:
        asker.join(20)
    assert (codes, len(looks)) == ([200] * 5, 1)


def test_what_is_under_way_is_answered_before_the_end(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()
    begun, go = held(monkeypatch)
    codes: list[int] = []
    request = Thread(target=lambda: codes.append(service.post("/v1/decide", event()).status_code))
    request.start()
    assert begun.wait(10)
    service.server.handle_exit(signal.SIGTERM, None)
    go.set()
    request.join(20)
    assert codes == [200]
