"""What `/readyz` says is true: each trouble is made, and told in words that name no place and no person."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

import pytest
from psycopg import sql

from careengine.app import App
from careengine.app.gauges import Gauges
from careengine.delivery.worker import Worker
from careengine.errors import StoreError
from careengine.host import Host
from careengine.store import events, timers
from careengine.store.database import SqliteStore
from tests.service.conftest import settings_in
from tests.store.shelf import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from careengine.app import Check
    from tests.postgres import Cluster


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with App.open(settings_in(tmp_path), Host()) as opened:
        yield opened


def check(app: App, name: str) -> Check:
    [found] = [each for each in app.checks() if each.name == name]
    return found


def test_a_timer_that_is_overdue_and_one_that_failed_are_told(app: App) -> None:
    now = app.clock()
    with app.store.write() as transaction:
        number = events.add(transaction, event(tenant=app.settings.tenant))
        timers.put(transaction, app.settings.tenant, "late", now - timedelta(minutes=5), number, {})
    found = check(app, "timers")
    assert (found.ok, found.needed) == (False, False)
    assert found.detail == "the oldest is overdue for 5 minutes"
    with app.store.write() as transaction:
        late = timers.due(transaction, app.settings.tenant, now)
        assert late is not None
        timers.put_off(transaction, app.settings.tenant, late, now + timedelta(hours=1))
    assert check(app, "timers").detail.endswith("; 1 failed and will be tried again, the log says why")
    figures = {
        one.name: one.samples[0].value for one in Gauges(app).collect() if one.name.startswith("careengine_timers")
    }
    assert figures["careengine_timers_pending"] == figures["careengine_timers_failing"] == 1
    assert figures["careengine_timers_overdue_seconds"] >= 300


def test_all_is_well_at_the_start(app: App) -> None:
    assert [each.name for each in app.checks() if not each.ok] == []


def test_a_database_that_cannot_be_written_is_told_with_the_reason_and_not_the_place(app: App, tmp_path: Path) -> None:
    rival = sqlite3.connect(app.store.place, isolation_level=None)
    assert isinstance(app.store, SqliteStore)
    app.store.patience = 0.01
    with closing(rival):
        rival.execute("BEGIN IMMEDIATE")
        found = check(app, "store")
    assert (found.ok, found.needed) == (False, True)
    assert "another program holds the database" in found.detail
    assert str(tmp_path) not in found.detail
    app.store.patience = 5.0
    assert check(app, "store").ok


def test_a_server_is_well_and_one_that_only_reads_is_told(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as url, App.open(settings_in(tmp_path, url), Host()) as app:
        assert [each.name for each in app.checks() if not each.ok] == []
        with app.store.write() as transaction:
            name = sql.Identifier(transaction.exec_driver_sql("SELECT current_database()").scalar_one())
        cluster.run(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        app.store.engine.dispose()
        found = check(app, "store")
    assert (found.ok, found.needed) == (False, True)
    assert "can only be read at present" in found.detail
    assert str(cluster.folder) not in found.detail


def test_a_disk_that_gets_full_is_told_before_it_is(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("careengine.app.checks.disk_usage", lambda _: Usage(10**12, 10**12 - 10**6, 10**6))
    found = check(app, "disk")
    assert (found.ok, found.needed, found.detail) == (False, False, "1 MB are free for the database")


@pytest.mark.parametrize(
    ("revision", "fine", "says"), [("9999-unheard-of", {True}, "newer version"), (None, {False}, "older version")]
)
def test_a_database_of_another_version_is_told(app: App, revision: str | None, fine: set[bool], says: str) -> None:
    with app.store.write() as transaction:
        transaction.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            transaction.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    found = check(app, "schema")
    assert {found.ok} == fine
    assert found.needed
    assert says in found.detail


def test_a_delivery_that_is_held_up_is_told_until_it_goes_on(app: App) -> None:
    broken, done = [StoreError("no room")], Event()

    def step() -> bool:
        if broken:
            raise broken.pop()
        done.set()
        return False

    worker = Worker(name="helpdesk", step=step, poll_seconds=0, wait=lambda *_: None)
    app.delivery._workers.append(worker)
    assert worker._step() is False
    found = check(app, "delivery")
    assert (found.ok, found.needed) == (False, False)
    assert "`helpdesk`" in found.detail
    worker._step()
    assert done.is_set()
    assert check(app, "delivery").ok


def test_rules_that_were_refused_are_told(app: App, tmp_path: Path) -> None:
    (tmp_path / "rules" / "late.yaml").write_text("id: late\n")
    app.reload()
    found = check(app, "rules")
    assert (found.ok, found.needed) == (False, False)
    assert "refused" in found.detail


def test_a_call_that_hangs_is_waited_for_once_and_not_again_at_the_end(app: App) -> None:
    inside, leave = Event(), Event()

    def hang() -> bool:
        inside.set()
        leave.wait(60)
        return False

    worker = Worker(name="slow", step=hang, poll_seconds=0.01)
    worker.start()
    app.delivery._workers.append(worker)
    assert inside.wait(10)
    app.stop(0.05)
    before = time.monotonic()
    app.close()
    assert time.monotonic() - before < 10  # it has 15 seconds where nobody has waited yet
    leave.set()
    assert worker.join(10)
