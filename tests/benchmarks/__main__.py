"""Speed and memory of careengine, measured here and now: `make bench`.

Ratios are taken within one process, in alternating passes, and given as medians, because machines are noisy.
"""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from careengine.app import App
from careengine.decide import decide
from careengine.model.facts import EntryHistory, Facts
from careengine.policy.loader import build_set
from careengine.settings import Settings
from tests.benchmarks.world import CATALOGUE, START, make

if TYPE_CHECKING:
    from collections.abc import Callable

PASSES = 7
EVENTS = 200


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(_matching())
    console.print(_pipeline())
    console.print(_footprint())


def _matching() -> Table:
    table = Table(title=f"per interaction, median of {PASSES} alternating passes over {EVENTS} events")
    for heading in ("rules", "plain ifs", "matching", "ratio to ifs", "full decision", "ratio to ifs", "to matching"):
        table.add_column(heading, justify="right")
    for rules in (10, 100, 1000):
        table.add_row(*_compare(rules))
    return table


def _compare(rules: int) -> list[str]:
    world = make(rules, EVENTS)
    policies = build_set(world.documents, CATALOGUE)
    flat = [CATALOGUE.flatten(event) for event in world.events]
    facts = [Facts(fields=fields, as_of=START, history=EntryHistory()) for fields in flat]
    for fields, fact in zip(flat, facts, strict=True):
        ours = sorted(verdict.policy.id for verdict in policies.plan.match(fact).verdicts if verdict.result)
        if ours != sorted(world.ifs(fields)):
            raise SystemExit(f"the plan and the ifs disagree about {fields['id']}")
    ifs, matching, deciding = _alternate(
        lambda: [world.ifs(fields) for fields in flat],
        lambda: [policies.plan.match(fact) for fact in facts],
        lambda: [decide(fact, policies) for fact in facts],
    )
    return [
        f"{rules:,}",
        _micro(ifs),
        _micro(matching),
        f"{matching / ifs:.2f}x",
        _micro(deciding),
        f"{deciding / ifs:.2f}x",
        f"{deciding / matching:.2f}x",
    ]


def _alternate(*works: Callable[[], object]) -> list[float]:
    """Seconds per event of each work, the median over alternating passes."""
    taken: list[list[float]] = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        for _ in range(PASSES):
            for work, times in zip(works, taken, strict=True):
                start = time.perf_counter()
                work()
                times.append((time.perf_counter() - start) / EVENTS)
    finally:
        gc.enable()
    return [statistics.median(times) for times in taken]


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} us"


def _pipeline() -> Table:
    table = Table(
        title="events a second through the pipeline: validated, decided, kept (SQLite, WAL, synchronous=FULL)"
    )
    table.add_column("rules")
    table.add_column("events/s", justify="right")
    with tempfile.TemporaryDirectory() as folder:
        flags = {"store": {"url": f"sqlite:///{folder}/bench.db"}}
        with App.open(Settings.load(flags=flags)) as app:
            events = make(1, 2000).events
            start = time.perf_counter()
            for event in events:
                app.pipeline.handle(event, app.settings.tenant)
            rate = len(events) / (time.perf_counter() - start)
    table.add_row("the starter rules", f"{rate:,.0f}")
    return table


def _footprint() -> Table:
    table = Table(title="start-up and memory")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for name, command in (
        ("python -c pass", ("-c", "pass")),
        ("careengine --version", ("-m", "careengine", "--version")),
        ("careengine check (starter rules)", ("-m", "careengine", "check")),
    ):
        table.add_row(name, f"{_start_up(command) * 1e3:,.0f} ms")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table.add_row("peak memory of this benchmark's process", f"{own:,.0f} MB")
    return table


def _start_up(command: tuple[str, ...]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run((sys.executable, *command), check=True, capture_output=True, cwd=Path(__file__).parents[2])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
