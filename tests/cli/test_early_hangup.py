"""SIGHUP before the service answers does not end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from tests.cli.test_serve import SETTINGS, Served
from tests.cli.test_serve_workers import count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def starting(folder: Path, *options: str, hangup_at: int, processes: int) -> Iterator[Served]:
    """A service whose settings come from a pipe: whoever reads it waits there, and meanwhile SIGHUP comes."""
    pipe = folder / "settings"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "careengine", "--settings", str(pipe), "serve", *options]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:

        def feed() -> None:
            for number in range(processes):
                with pipe.open("w") as writer:
                    if number == hangup_at:
                        process.send_signal(signal.SIGHUP)
                    writer.write(SETTINGS)
                while _is_read(pipe):
                    pass

        Thread(target=feed, daemon=True).start()
        try:
            yield Served(process)
        finally:
            process.kill()


def _is_read(pipe: Path) -> bool:
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_one_process_begins_all_the_same(tmp_path: Path, rules: Path) -> None:
    with starting(tmp_path, hangup_at=0, processes=1) as served:
        assert served.matched() == ["sorry-for-delay"]
        assert rules.is_dir()
        assert served.end() == 0


def test_a_worker_that_begins_hears_of_it_when_it_answers(tmp_path: Path, rules: Path) -> None:
    with starting(tmp_path, "--workers", "2", hangup_at=1, processes=3) as served:
        while not count(served, 'careengine_rule_reloads_total{outcome="ok"}'):
            pass
        assert served.matched() == ["sorry-for-delay"]
        assert rules.is_dir()
        assert served.end() == 0
