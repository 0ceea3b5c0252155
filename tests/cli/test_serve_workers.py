"""Several workers on one socket as people run them: told by signals, killed, orphaned."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests

from tests.cli.conftest import LATE, RULES, contact
from tests.cli.test_serve import SETTINGS, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.test_serve import Served

TWO = ("--workers", "2")


@pytest.fixture
def served(tmp_path: Path, rules: Path, store_url: str) -> Iterator[Served]:
    assert rules.is_dir()
    with serving(tmp_path, *TWO, database=store_url) as running:
        yield running


def children(process: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z (zombie)" not in Path(f"/proc/{process}/status").read_text()


def count(served: Served, name: str) -> float:
    lines = requests.get(f"{served.url}/metrics", timeout=10).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def post(served: Served, number: int) -> int:
    return requests.post(f"{served.url}/v1/interactions", json=contact(number, failure=LATE), timeout=20).status_code


pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see the workers")


def test_a_worker_that_is_killed_is_replaced_and_what_was_counted_stays(served: Served) -> None:
    first = children(served.process.pid)
    assert len(first) == 2
    assert [post(served, number) for number in range(8)] == [200] * 8
    os.kill(first[0], signal.SIGKILL)
    assert "worker" in served.wait_for("a worker ended")
    assert post(served, 9) == 200  # the other one goes on
    served.wait_for("service started")
    after = children(served.process.pid)
    assert len(after) == 2
    assert first[0] not in after
    assert count(served, 'careengine_interactions_total{outcome="decided"}') == 9
    assert served.end() == 0
    assert not any(is_there(process) for process in after)


def test_a_hangup_reloads_in_all_workers_and_what_is_under_way_at_the_end_is_answered(
    served: Served, rules: Path
) -> None:
    new = RULES["sorry-for-delay"].replace("id: sorry-for-delay", "id: sorry").replace("at_least: 3", "at_least: 1")
    (rules / "sorry.yaml").write_text(new)
    served.process.send_signal(signal.SIGHUP)
    for _ in range(2):
        served.wait_for("rules reloaded")
    assert all(served.matched() == ["sorry", "sorry-for-delay"] for _ in range(10))
    codes: list[int] = []

    def send() -> None:
        for number in range(100, 10_000):
            try:
                codes.append(post(served, number))
            except requests.ConnectionError:  # the door is closed; what was let in before has its answer
                return

    senders = Thread(target=send)
    senders.start()
    while len(codes) < 20:
        pass
    assert served.end() == 0
    senders.join(30)
    assert set(codes) == {200}


def test_workers_end_well_when_their_supervisor_is_gone(served: Served) -> None:
    workers = [os.pidfd_open(process) for process in children(served.process.pid)]
    assert len(workers) == 2
    served.process.kill()
    for worker in workers:
        assert select.select([worker], [], [], 40)[0], "a worker goes on without its supervisor"
        os.close(worker)


def test_a_mistake_is_told_once_and_nothing_is_left_running(tmp_path: Path, rules: Path) -> None:
    (tmp_path / "careengine.toml").write_text(SETTINGS)
    (rules / "third-contact.yaml").write_text("id: third-contact\nkind: escalashun\n")
    command = [sys.executable, "-m", "careengine", "serve", *TWO]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert ran.stderr.count("third-contact.yaml:2:7") == 1
