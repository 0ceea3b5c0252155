"""What is older than the settings allow is removed daily, by the clock of the service."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from careengine.app import keeping
from careengine.model.adapter import WebhookRequest
from careengine.settings import RetentionSettings
from careengine.store import Store, audit, events, inbox, retention
from tests.store.shelf import event

if TYPE_CHECKING:
    import pytest

NOW, DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC), timedelta(days=1)
TWO_DAYS = RetentionSettings(events_days=2, parked_days=0, rejects_days=9)


def add(store: Store, count: int, days: float, words: str = "") -> None:
    with store.write() as transaction:
        for number in range(count):
            one = event(f"e-{days}-{number}", recorded_at=NOW - days * DAY, document={"words": words})
            events.add(transaction, one)


def entries(store: Store) -> list[audit.Entry]:
    with store.read() as reader:
        return audit.page(reader, "acme")


def test_a_dry_run_counts_what_a_purge_removes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAGE", 4)
    add(store, 10, 2.5)
    add(store, 5, 1)
    assert keeping.count(store, "acme", TWO_DAYS, NOW) == {"events": 10, "rejects": 0}
    assert keeping.count(store, "other", TWO_DAYS, NOW) == {"events": 0, "rejects": 0}
    assert keeping.purge(store, "acme", TWO_DAYS, NOW) == {"events": 10, "rejects": 0}
    assert keeping.purge(store, "acme", TWO_DAYS, NOW) == {"events": 0, "rejects": 0}
    (entry,) = entries(store)  # a purge of nothing is no deed
    assert (entry.deed.actor, entry.deed.did, entry.deed.after) == ("careengine", "purge", {"events": 10, "rejects": 0})


def test_without_settings_nothing_is_too_old(store: Store) -> None:
    add(store, 3, 9000)
    for_good = RetentionSettings(parked_days=0)
    assert keeping.purge(store, "acme", for_good, NOW) == {}
    assert keeping.count(store, "acme", for_good, NOW) == {}


def test_what_a_crm_sent_does_not_lie_for_good_where_nobody_looks(store: Store) -> None:
    request = WebhookRequest(method="POST", url="", headers={}, body=b"planted words")
    with store.write() as transaction:
        for number, days in ((1, 30), (2, 31)):
            inbox.keep(transaction, "acme", "demo", f"x-{number}", request, NOW - 40 * DAY)
            inbox.park(transaction, "acme", number, "it makes no sense", NOW - days * DAY)
    assert keeping.purge(store, "acme", RetentionSettings(), NOW) == {"parked": 1}
    with store.read() as reader:
        assert [one.request.body for one in inbox.in_state(reader, "acme", "parked")] == [b"planted words"]
        assert [one.request.body for one in inbox.in_state(reader, "acme", "dropped")] == [b""]


def test_two_programs_that_purge_at_once_remove_everything_once(store: Store) -> None:
    add(store, 60, 3)
    barrier = Barrier(2)

    def purge(_number: int) -> int:
        barrier.wait(20)
        return keeping.purge(store, "acme", TWO_DAYS, NOW)["events"]

    with ThreadPoolExecutor(2) as programs:
        assert sum(programs.map(purge, range(2))) == 60
    assert sum((entry.deed.after or {})["events"] for entry in entries(store)) == 60


def test_a_purged_event_is_not_decided_again(store: Store) -> None:
    add(store, 1, 3)
    keeping.purge(store, "acme", TWO_DAYS, NOW)
    with store.read() as reader:
        answered = events.answered(reader, "acme", "demo", "e-3-0")
    assert answered is not None
    assert answered.decision is None


def test_the_keeper_purges_at_the_start_and_then_daily_and_leaves_no_byte(file_store: Store) -> None:
    store = file_store
    now = NOW
    keeper = keeping.Keeper(store, "acme", TWO_DAYS, lambda: now)
    add(store, 1, 2.5, "planted words")
    add(store, 1, 1.5, "later words")
    assert keeper.step() is False
    assert not readable(store, b"planted words")
    assert readable(store, b"later words")
    now = NOW + DAY - timedelta(seconds=1)
    keeper.step()
    assert readable(store, b"later words")
    now = NOW + DAY
    with store.read() as reader:
        events.known(reader, "acme", "demo", "e-1")
        keeper.step()
        assert readable(store, b"later words")  # somebody reads on
    keeper.step()
    assert not readable(store, b"later words")
    assert len(entries(store)) == 2


def test_what_the_database_refuses_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(Store.open(f"sqlite:///{path}", busy_timeout=0.05)) as store:
        add(store, 1, 3)
        keeper = keeping.Keeper(store, "acme", TWO_DAYS, lambda: NOW)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with capture_logs() as logged:
                keeper.step()
        assert [entry["event"] for entry in logged] == ["the purge is put off"]
        assert entries(store) == []
        keeper.step()
        assert len(entries(store)) == 1


def readable(store: Store, words: bytes) -> bool:
    files = Path(store.place).parent.glob(f"{Path(store.place).name}*")
    return any(words in file.read_bytes() for file in files)
