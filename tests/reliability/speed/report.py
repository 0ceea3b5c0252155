"""The table of the measured speed, as a part of a page that holds other tables too."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from typing import TYPE_CHECKING

from tests.reliability.speed.measure import WARM
from tests.reliability.speed.world import COUNTS, PLAIN_RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.reliability.speed.measure import Figures

_BEGIN, _END = "<!-- speed: begin -->", "<!-- speed: end -->"
_TITLE = "# Reliability and speed, measured\n"


def write(page: Path, runs: Sequence[Sequence[Figures]], seconds: float) -> None:
    """Put the table in the place of the one before; `runs` are the runs of each scene."""
    before = page.read_text() if page.exists() else _TITLE
    if _BEGIN not in before:
        before += f"\n{_BEGIN}\n{_END}\n"
    head, _, rest = before.partition(_BEGIN)
    page.write_text(f"{head}{_BEGIN}\n{table(runs, seconds)}{_END}{rest.partition(_END)[2]}")


def table(runs: Sequence[Sequence[Figures]], seconds: float) -> str:
    """The table with what it needs to be understood."""
    lines = "\n".join(_line(figures) for figures in runs)
    busy = max(one.busy for figures in runs for one in figures)
    return f"""## The full path over HTTP

`python -m tests.reliability.speed` writes this part: `careengine serve`, one process of it, on SQLite with
`synchronous=FULL`, {PLAIN_RULES + len(COUNTS)} rules, {len(COUNTS)} counts over history asked of every event, 36 fields
an event, no key, no plugin. Callers on the same machine send the next event when the answer is here. Medians of
{len(runs[0])} runs of {seconds:g} seconds (lowest and highest), each on a new database with {WARM:,} events in it.
{_machine()} Programs that wanted the processor before a run: up to {busy:.1f}.
With `--seconds 6 --repeats 2` it takes about four minutes.

| callers | events a second | goal | median, ms | 99 of 100 within, ms | goal | processor, µs an event |
|---|---:|---:|---:|---:|---:|---:|
{lines}
"""


def _line(runs: Sequence[Figures]) -> str:
    scene = runs[0].scene
    rate, p50, p99, processor = (
        _middle([getattr(one, name) for one in runs]) for name in ("rate", "p50", "p99", "processor")
    )
    return (
        f"| {scene.name} | {rate} | {_goal(scene.goal_rate)} | {p50} | {p99} | {_goal(scene.goal_p99)} | {processor} |"
    )


def _goal(goal: float | None) -> str:
    return "" if goal is None else f"{goal:,.0f}"


def _middle(values: Sequence[float]) -> str:
    def say(value: float) -> str:
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"

    return f"{say(statistics.median(values))} ({say(min(values))} to {say(max(values))})"


def _machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}."
    )
