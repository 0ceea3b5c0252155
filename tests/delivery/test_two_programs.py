"""Two programs on one database: nothing is claimed by both.

On a file one delivers while the other waits for its end; on a server both do, and one takes up what the other left.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from threading import Event
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from careengine.errors import PayloadError, StoreError
from careengine.store import Store, outbox, people
from tests.delivery.crm import delivery, put
from tests.delivery.stream import FileCrm, work
from tests.delivery.stream import event as sent
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from careengine.model.adapter import Receipt
    from careengine.model.decision import Action
    from tests.postgres import Cluster

ROUNDS = 60


class Told(FileCrm):
    """Tells when it has written the last one."""

    def __init__(self, path: Path, last: str) -> None:
        super().__init__(path)
        self.last, self.written = last, Event()

    def apply(self, action: Action, key: str) -> Receipt:
        receipt = super().apply(action, key)
        if key == self.last:
            self.written.set()
        return receipt


@contextmanager
def _rival(url: str, folder: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.delivery.rival", url, str(folder), what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def _line(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def test_an_action_is_never_claimed_by_two_programs(store: Store, store_url: str, tmp_path: Path) -> None:
    names = [f"a-{number:03}" for number in range(2 * ROUNDS)]
    for name in names:
        put(store, name, target=f"case:{name}")
    with _rival(store_url, tmp_path, "claim") as one, _rival(store_url, tmp_path, "claim") as other:
        assert _line(one) == _line(other) == "ready"
        claimed = []
        for _ in range(ROUNDS):
            for program in (one, other):  # both are asked before either has answered
                assert program.stdin is not None
                program.stdin.write("go\n")
                program.stdin.flush()
            claimed += [_line(one), _line(other)]
    assert sorted(claimed) == names


def test_a_second_program_waits_for_the_end_of_the_first_and_takes_over(file_store: Store, tmp_path: Path) -> None:
    put(file_store, "a-1", "a-2")
    crm, turns, waiting = Told(tmp_path / "notes", "a-2"), count(1), Event()

    def wait(woken: Event, seconds: float) -> object:
        if next(turns) > 3:  # it looked several times and did nothing
            waiting.set()
        return woken.wait(seconds)

    work = delivery(file_store, {"demo": crm})
    work.wait = wait
    with _rival(f"sqlite:///{file_store.place}", tmp_path, "send") as first, capture_logs() as logs:
        assert _line(first) == "sending"
        work.start()
        assert waiting.wait(10)
        with file_store.read() as reader:
            [sending] = outbox.in_state(reader, "acme", "sending")
        assert (sending.action.id, sending.attempts) == ("a-1", 1)
        first.kill()
        assert crm.written.wait(10)
        assert work.stop(timeout=10)
    with file_store.read() as reader:
        done = [(one.action.id, one.outcome, one.attempts) for one in outbox.in_state(reader, "acme", "done")]
    assert done == [("a-1", "unchanged", 2), ("a-2", "changed", 1)]
    assert crm.notes() == ["a-1", "a-2"]
    assert [entry["event"] for entry in logs] == [
        "another program delivers from this database; this one waits until it ends",
        "taken up again after a sudden end",
        "delivered",
        "delivered",
    ]


GRANTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO secured",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO secured",
)


def test_on_a_server_the_service_needs_no_more_than_to_read_and_write(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as url:
        name = url.partition("@/")[2].partition("?")[0]
        cluster.run(*GRANTS, database=name)
        with closing(Store.open(cluster.url(name, "secured"), password="correct horse")) as store:
            line, deliveries = work(store, tmp_path)
            line.handle(sent(1), "acme")
            with pytest.raises(PayloadError):
                line.handle({}, "acme")
            assert deliveries.run_once() == 1
            deliveries.recover()
            store.prove()
            assert [each.check for each in store.examine() if not each.ok] == ["fsync", "full_page_writes"]
            with store.write() as transaction:
                assert people.erase(transaction, "acme", "C-1", NOW)["events"] == 1
            with pytest.raises(StoreError, match="may not do that"), store.write() as transaction:
                transaction.exec_driver_sql("DROP TABLE keys")


def test_on_a_server_both_deliver_and_one_takes_up_what_the_other_left(cluster: Cluster, tmp_path: Path) -> None:
    seconds = count(step=6)  # long enough between two looks for programs that ended
    with cluster.database() as url, closing(Store.open(url)) as store:
        put(store, "a-1", "a-2")
        put(store, "b-1", target="case:T-2")
        crm = Told(tmp_path / "notes", "b-1")
        work = delivery(store, {"demo": crm}, clock=lambda: NOW + timedelta(seconds=next(seconds)))
        with _rival(url, tmp_path, "send") as first, capture_logs() as logs:
            assert _line(first) == "sending"
            work.start()
            assert crm.written.wait(10)
            assert crm.notes() == ["a-1", "b-1"]
            with store.read() as reader:
                assert [one.action.id for one in outbox.in_state(reader, "acme", "due")] == ["a-2"]
                assert outbox.in_state(reader, "acme", "sending")[0].action.id == "a-1"
            crm.last = "a-2"
            crm.written.clear()
            first.kill()
            assert crm.written.wait(20)
            assert work.stop(timeout=10)
        with store.read() as reader:
            done = [(one.action.id, one.outcome, one.attempts) for one in outbox.in_state(reader, "acme", "done")]
    assert done == [("a-1", "unchanged", 2), ("a-2", "changed", 1), ("b-1", "changed", 1)]
    assert crm.notes() == ["a-1", "b-1", "a-2"]
    assert {"event": "taken up again after a sudden end", "actions": 1, "log_level": "warning"} in logs
