"""The whole program: events through the pipeline, start-up, memory of the process."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from careengine.app import App
from careengine.settings import Settings
from tests.benchmarks.world import make

_COMMANDS = (
    ("python -c pass", ("-c", "pass")),
    ("careengine --version", ("-m", "careengine", "--version")),
    ("careengine check (starter rules)", ("-m", "careengine", "check")),
)


def events_a_second(count: int = 2_000) -> float:
    """Events through the pipeline: validated, decided by the starter rules and kept in SQLite, each safely on disk."""
    with tempfile.TemporaryDirectory() as folder:
        flags = {"store": {"url": f"sqlite:///{folder}/bench.db"}}
        with App.open(Settings.load(flags=flags)) as app:
            events = make(1, count).events
            start = time.perf_counter()
            for event in events:
                app.pipeline.handle(event, app.settings.tenant)
            return len(events) / (time.perf_counter() - start)


def start_up() -> dict[str, float]:
    """Seconds that each of some commands takes from start to end."""
    return {name: _seconds(command) for name, command in _COMMANDS}


def _seconds(command: tuple[str, ...]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run((sys.executable, *command), check=True, capture_output=True, cwd=Path(__file__).parents[2])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
