"""Writes what was measured as Markdown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.goals import times
from tests.benchmarks.measure import PASSES
from tests.benchmarks.scale import DECIDED, OURS, RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.benchmarks.goals import Goal
    from tests.benchmarks.missing import Missing
    from tests.benchmarks.peers.peer import Peer
    from tests.benchmarks.scale import Row, Scale

_DECISIONS = (DECIDED, RECORDED)  # more than an engine's matching, and loaded with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was measured. `figures` are single figures by what they are; `absent` are peers not installed.

    `busy` is how many other programs wanted the processor when measuring began.
    """

    scales: Mapping[int, Scale]
    goals: Sequence[Goal]
    missing: Sequence[Missing]
    figures: Mapping[str, str]
    peers: Sequence[Peer]
    absent: Sequence[str]
    busy: float = 0.0


def write(results: Results) -> str:
    """The whole page."""
    return "\n\n".join([_head(results), *_goals(results), *_costs(results), *_rest(results)]) + "\n"


def _head(results: Results) -> str:
    peers = ", ".join(f"{peer.name} {peer.version}" for peer in results.peers) or "none"
    absent = f" Not installed and left out: {', '.join(results.absent)}." if results.absent else ""
    return f"""# Speed and memory, measured

`make bench` writes this page and the chart. {_machine()}
In the minute before it began, {results.busy:.1f} other programs wanted the processor on average.

Figures are medians of {PASSES} passes; the engines take turns within one process, and ratios are medians of the ratios
of passes side by side. Every answer is compared with a plain reference first, and an engine that differs stops the run.
Each engine is asked in its fastest honest form (`tests/benchmarks/peers/` says which and why) and is handed the whole
interaction, not only the fields that a rule names; bringing it into the form that an engine likes best is not counted.
Slow engines get fewer events in a pass, fast ones the same events several times.

The world: 36 fields an interaction, all of them present; 2 to 5 conditions a rule. Nine rules in ten name a product,
about six the same one, and a tenth name a region and a team: a company with more rules has more products and
regions. careengine makes the part of its plan that a product needs when the first interaction about it comes; what
that first time costs is given apart, and memory is judged when most products were seen.

`{OURS}` finds the rules that match, as the peers do. `{DECIDED}` also works out what they ask for and what of
it stands, and carries what it takes to tell of it: nothing of that is read. `{RECORDED}` reads all of it: actions with
their keys, reasons, near misses and unknowns, in English and as JSON.

Peers: {peers}.{absent}"""


def _machine() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"The machine: {os.cpu_count()} cores ({_processor()}), {gigabytes:.0f} GB, {platform.system()}, {python}."


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _goals(results: Results) -> list[str]:
    rows = [(goal.figure, goal.goal, goal.found, "met" if goal.met else "**not met**") for goal in results.goals]
    return ["## Goals", _table(("figure", "goal", "found", ""), rows)] if rows else []


def _costs(results: Results) -> list[str]:
    scales = results.scales
    engines = list(dict.fromkeys(name for scale in scales.values() for name in scale.rows))
    notes = [f"- {row.engine}, {size:,} rules: {row.note}." for size, row in _all(scales) if row.note]
    first = ("first time, an interaction", *(_cost(scale.cold) for scale in scales.values()))
    matches = ("rules that match an interaction", *(f"{scale.matches:.1f}" for scale in scales.values()))
    heading = ("", *(f"{size:,} rules" for size in scales))
    return [
        "## Cost of an interaction",
        "![cost of an interaction by number of rules, all engines](results.svg)",
        _table(heading, [*(_line(name, scales, _seconds) for name in engines), first, matches]),
        "As multiples of careengine's matching:",
        _table(heading, [_line(name, scales, _multiple) for name in engines]),
        "As multiples of the generated `if`s of the same rules:",
        _table(heading, [_line(name, scales, _over_ifs) for name in engines if name.startswith("careengine")]),
        *(["No figure:\n\n" + "\n".join(notes)] if notes else []),
    ]


def _rest(results: Results) -> list[str]:
    scales = results.scales
    engines = list(dict.fromkeys(name for scale in scales.values() for name in scale.rows if name not in _DECISIONS))
    heading = ("", *(f"{size:,} rules" for size in scales))
    told = [(found.engine, found.absent, found.null) for found in results.missing]
    return [
        '## What "csat at most 2" does when nobody gave a csat',
        "In the form that is timed, beside a rule that plainly matches.",
        _table(("", "field missing", "field null"), told),
        "## Loading, processor time",
        "From rules in memory to ready for the first interaction; careengine's time includes validating them.",
        _table(heading, [_line(name, scales, _load) for name in engines]),
        "## Other figures",
        _table(("what", "figure"), results.figures.items()),
    ]


def _all(scales: Mapping[int, Scale]) -> Iterable[tuple[int, Row]]:
    return ((size, row) for size, scale in scales.items() for row in scale.rows.values())


def _line(name: str, scales: Mapping[int, Scale], say: Callable[[Row], str]) -> tuple[str, ...]:
    rows = (scale.rows.get(name) for scale in scales.values())
    return (name, *(say(row) if row else "-" for row in rows))


def _seconds(row: Row) -> str:
    return "-" if row.seconds is None else _cost(row.seconds)


def _multiple(row: Row) -> str:
    return "-" if row.to_ours is None else times(row.to_ours)


def _over_ifs(row: Row) -> str:
    return "-" if row.to_ifs is None else times(row.to_ifs)


def _load(row: Row) -> str:
    return "-" if row.load is None else f"{row.load:.3f} s"


def _cost(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:,.1f} ms"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---", *("---:" for _ in heading[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
