"""`careengine db`: upgrade, check, back up; and a copy restored, in both databases."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from sqlalchemy.engine import make_url

from careengine.errors import StoreError
from careengine.store import Store, decisions, events, migrate, outbox, tables
from tests.delivery.stream import FileCrm, work
from tests.delivery.stream import event as sent
from tests.store.shelf import action, decision, event, keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Careengine
    from tests.postgres import Cluster


def _settings(folder: Path, url: str) -> None:
    (folder / "careengine.toml").write_text(f'[store]\nurl = "{url}"\n')


def _fill(url: str, *names: str) -> None:
    with closing(Store.open(url)) as store, store.write() as transaction:
        for name in names:
            keep(transaction, decision(name, "recovery", action(f"a-{name}")))


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table, of each kind in turn, which the settings name."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'care.db'}"
        if request.param == "sqlite":
            sqlite3.connect(tmp_path / "care.db").close()
        else:
            url = stack.enter_context(request.getfixturevalue("cluster").database("template1"))
        _settings(tmp_path, url)
        yield url


def test_upgrade_makes_the_tables_and_says_from_where_to_where(careengine: Careengine, bare: str) -> None:
    first, second = careengine("db", "upgrade"), careengine("db", "upgrade")
    assert (first.code, second.code) == (0, 0)
    with closing(Store.open(bare)) as store:
        assert first.out == f"`{store.place}` is at `{migrate.newest()}`; it was at `nothing`\n"
        assert second.out == f"`{store.place}` is at `{migrate.newest()}`\n"


@pytest.mark.usefixtures("bare")
def test_what_is_asked_of_a_database_without_tables_is_not_there(careengine: Careengine) -> None:
    assert careengine("audit").out == "the audit holds no such entry\n"
    assert "no such decision is kept" in careengine("replay", "d_1").out
    assert careengine("export", "C-1", "--reason", "request 17").code == 1


def test_check_of_a_sound_database(careengine: Careengine, tmp_path: Path, store_url: str) -> None:
    _settings(tmp_path, store_url)
    _fill(store_url, "d-1")
    ran = careengine("db", "check", "--format", "json")
    wrong = {check["check"] for check in ran.json["checks"] if not check["ok"]}
    assert wrong == ({"fsync", "full_page_writes"} if "postgresql" in store_url else set())  # the tests' own server
    assert ran.code == bool(wrong)
    assert {"revision", "integrity"} <= {check["check"] for check in ran.json["checks"]}


@pytest.mark.usefixtures("bare")
def test_check_does_not_upgrade(careengine: Careengine) -> None:
    ran = careengine("db", "check")
    assert ran.code == 1
    assert f"`none`, not `{migrate.newest()}`" in ran.out
    assert "run `careengine db upgrade`" in ran.out


def test_check_finds_a_row_that_lost_what_it_belongs_to(careengine: Careengine, tmp_path: Path) -> None:
    _settings(tmp_path, "sqlite:///care.db")
    _fill(f"sqlite:///{tmp_path / 'care.db'}", "d-1")
    with closing(sqlite3.connect(tmp_path / "care.db", isolation_level=None)) as other:
        other.execute("DELETE FROM decisions")
    ran = careengine("db", "check")
    assert ran.code == 1
    assert "a row of `actions` lost what it belongs to" in ran.out
    assert "stop the service and restore a copy" in ran.out


def test_check_finds_that_decisions_could_be_changed(careengine: Careengine, tmp_path: Path, cluster: Cluster) -> None:
    with cluster.database() as url:
        _settings(tmp_path, url)
        with closing(Store.open(url)) as store, store.write() as transaction:
            transaction.exec_driver_sql("ALTER TABLE decisions DISABLE TRIGGER decisions_append_only")
        ran = careengine("db", "check")
    assert ran.code == 1
    assert "the trigger that keeps decisions from being changed" in ran.out


def test_a_copy_is_restored(
    careengine: Careengine, tmp_path: Path, store_url: str, request: pytest.FixtureRequest
) -> None:
    if "postgresql" in store_url and shutil.which("pg_dump") is None:
        pytest.skip("PostgreSQL's client programs are not installed")
    _settings(tmp_path, store_url)
    _fill(store_url, "d-1", "d-2")
    with closing(Store.open(store_url)) as store:
        with store.write() as transaction:  # the service goes on meanwhile
            events.add(transaction, event("not yet kept"))
            ran = careengine("db", "backup", tmp_path / "copy")
        assert (ran.code, ran.out) == (0, f"copied to `{tmp_path / 'copy'}`\n")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    _fill(store_url, "d-3")
    with _restored(tmp_path / "copy", store_url, request) as url, closing(Store.open(url)) as store:
        with store.read() as reader:
            assert [one.id for one in decisions.page(reader, "acme")] == ["d-2", "d-1"]
            assert not events.known(reader, "acme", "demo", "not yet kept")
        with pytest.raises(StoreError, match="refuses this record"), store.write() as transaction:
            transaction.execute(update(tables.decisions).values(ruleset="0" * 64))
        with store.write() as transaction:
            keep(transaction, decision("d-4"))  # numbers go on where they were
        assert [one.found for one in store.examine() if one.check in ("revision", "integrity") and not one.ok] == []


@contextmanager
def _restored(copy: Path, like: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database made of a copy, as the operators' guide says."""
    if "sqlite" in like:
        yield f"sqlite:///{shutil.copy(copy, copy.with_name('restored.db'))}"
        return
    with request.getfixturevalue("cluster").database("template0") as empty:
        target = make_url(empty).set(drivername="postgresql").render_as_string()
        subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={target}", copy], check=True)
        yield empty


def test_after_a_disaster_old_events_have_their_answers_and_what_was_pending_is_delivered_once(
    careengine: Careengine, tmp_path: Path, store_url: str, request: pytest.FixtureRequest
) -> None:
    if "postgresql" in store_url and shutil.which("pg_dump") is None:
        pytest.skip("PostgreSQL's client programs are not installed")
    _settings(tmp_path, store_url)
    with closing(Store.open(store_url)) as store:
        line, deliveries = work(store, tmp_path)
        before = [line.handle(sent(number), "acme").decision for number in range(4)]
        deliveries.run_once()
        before += [line.handle(sent(number), "acme").decision for number in range(4, 8)]
        assert careengine("db", "backup", tmp_path / "copy").code == 0
        deliveries.run_once()  # all of it reaches the CRM, and then the machine is gone
    notes = FileCrm(tmp_path / "notes").notes()
    with _restored(tmp_path / "copy", store_url, request) as url, closing(Store.open(url)) as store:
        line, deliveries = work(store, tmp_path)
        after = [line.handle(sent(number), "acme") for number in range(8)]
        assert [(outcome.decision, outcome.duplicate) for outcome in after] == [(each, True) for each in before]
        with store.read() as reader:
            pending = [one.action.id for one in outbox.in_state(reader, "acme", "due")]
        assert pending == [one["id"] for each in before[4:] for one in each["actions"] if one["type"] == "note"]
        line.handle(sent(8), "acme")
        deliveries.run_once()
        with store.read() as reader:
            outcomes = {one.action.id: one.outcome for one in outbox.in_state(reader, "acme", "done")}
    assert {outcomes[each] for each in pending} == {"unchanged"}  # the CRM had them already, and was not told again
    told = FileCrm(tmp_path / "notes").notes()
    assert told[: len(notes)] == notes
    assert len(told) == len(set(told)) == len(notes) + 1 == 9


def test_a_copy_takes_the_place_of_nothing(careengine: Careengine, tmp_path: Path) -> None:
    _settings(tmp_path, "sqlite:///care.db")
    _fill(f"sqlite:///{tmp_path / 'care.db'}", "d-1")
    (tmp_path / "copy").write_text("precious")
    ran = careengine("db", "backup", "copy")
    assert ran.code != 0
    assert "`copy` is there already; name a file that is not" in ran.err
    assert (tmp_path / "copy").read_text() == "precious"
    assert "does not exist; make it, or name another" in careengine("db", "backup", "no/copy").err
    assert {path.name for path in tmp_path.iterdir()} == {"care.db", "care.db-line", "careengine.toml", "copy"}


def test_nothing_to_copy(careengine: Careengine, tmp_path: Path) -> None:
    _settings(tmp_path, "sqlite:///care.db")
    assert "holds nothing yet" in careengine("db", "backup", "copy").err
    assert not (tmp_path / "care.db").exists()


def test_without_the_clients_programs_it_says_what_to_install(
    careengine: Careengine, tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster.database() as url:
        _settings(tmp_path, url)
        monkeypatch.setenv("PATH", str(tmp_path))
        ran = careengine("db", "backup", "copy")
    assert "`pg_dump` is not on this machine; install PostgreSQL's client programs" in ran.err
    assert not (tmp_path / "copy").exists()


def test_a_copy_that_fails_leaves_nothing(
    careengine: Careengine, tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump: error: it is broken' >&2\nexit 1\n")
    (tmp_path / "pg_dump").chmod(0o755)
    with cluster.database() as url:
        _settings(tmp_path, url)
        monkeypatch.setenv("PATH", str(tmp_path))
        ran = careengine("db", "backup", "copy")
    assert "could not copy" in ran.err
    assert "error: it is broken" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["careengine.toml", "pg_dump"]
