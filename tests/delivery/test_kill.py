"""kill -9 in the middle of the stream, again and again: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import select

from careengine.store import Store, events, outbox, tables
from tests.delivery.stream import FileCrm, work

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.delivery import Delivery

KILLS = 20


def test_no_acknowledged_event_is_lost_and_no_action_is_doubled(store_url: str, tmp_path: Path) -> None:
    kept = _stream_and_kill(store_url, tmp_path, random.Random(20260302))
    assert len(kept) >= KILLS
    with closing(Store.open(store_url)) as store:
        _, delivery = work(store, tmp_path)
        _drain(store, delivery)
        with store.read() as reader:
            assert [one.found for one in store.examine() if one.check == "integrity" and not one.ok] == []
            for number in kept:
                assert events.answered(reader, "acme", "demo", f"e-{number}") is not None, number
            done = outbox.in_state(reader, "acme", "done", limit=100_000)
            assert Counter(reader.scalars(select(tables.actions.c.state))).keys() == {"done", "told"}
    notes = FileCrm(tmp_path / "notes").notes()
    assert Counter(notes) == {one.action.id: 1 for one in done}
    assert len(done) >= len(kept)


def _drain(store: Store, work: Delivery) -> None:
    """Do what is left; a server may take a moment to see that the last program ended."""
    for _ in range(1000):
        work.recover()
        work.run_once()
        with store.read() as reader:
            if not outbox.claimants(reader, "acme"):
                return


def _stream_and_kill(url: str, folder: Path, chance: random.Random) -> set[int]:
    """Let children work and kill each after some acknowledgements and a moment; gives what was acknowledged."""
    command = [sys.executable, "-m", "tests.delivery.stream", url, str(folder)]
    kept: set[int] = set()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(KILLS):
            program.stdin.write(f"{max(kept, default=-1) + 1}\n")
            pid, wanted = 0, chance.randint(1, 8)
            for line in iter(program.stdout.readline, "gone\n"):
                word, number = line.split()
                if word == "child":
                    pid = int(number)
                else:
                    kept.add(int(number))
                    wanted -= 1
                if pid and wanted <= 0:
                    time.sleep(chance.random() * 0.003)  # any moment of the work is as good to die in
                    os.kill(pid, signal.SIGKILL)
                    pid = 0
        program.stdin.write("end\n")
    return kept
