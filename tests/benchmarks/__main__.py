"""Speed and memory of careengine beside other engines, measured here and now: `make bench`.

`python -m tests.benchmarks [RULES ...]` measures other sizes; `--into FOLDER` writes the page and the chart elsewhere.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown

from tests.benchmarks import chart, guardrails, report
from tests.benchmarks.goals import TEN_THOUSAND, compile_goals, loading_goals, speed_goals, times
from tests.benchmarks.loading import compile_seconds, files_seconds, plan_memory
from tests.benchmarks.missing import ask_all
from tests.benchmarks.peers.peer import PEERS, peer
from tests.benchmarks.running import events_a_second, peak_megabytes, start_up
from tests.benchmarks.scale import OURS, compare, thresholds_over_ifs
from tests.benchmarks.tables import table_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.goals import Goal
    from tests.benchmarks.peers.peer import Peer
    from tests.benchmarks.scale import Scale

SIZES = (10, 100, 1_000, 10_000, 100_000)
_HARD = (100, 1_000)
_HITS = ("first", "unique", "any")
_PROGRESS = Console(stderr=True)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rules", nargs="*", type=int, default=SIZES)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    asked = parser.parse_args()
    results = measure(asked.rules)
    page = asked.into / "RESULTS.md"
    page.write_text(report.write(results), encoding="utf-8")
    _PROGRESS.print("guardrails")
    with TemporaryDirectory(prefix="careengine-") as folder:
        guardrails.write(guardrails.measure(Path(folder)), page)
    (asked.into / "results.svg").write_text(chart.draw(_lines(results.scales), OURS), encoding="utf-8")
    Console().print(Markdown(page.read_text(encoding="utf-8")))


def measure(sizes: Sequence[int], names: Sequence[str] = PEERS) -> report.Results:
    """Everything, with the peers of those names that are installed."""
    busy = os.getloadavg()[0]
    peers = [found for name in names if (found := peer(name))]
    scales = {size: _compare(size, peers) for size in sizes}
    goals = list(speed_goals(scales))
    _PROGRESS.print("missing values, loading, running")
    figures, more = _loading(scales)
    return report.Results(
        scales=scales,
        goals=[*goals, *more],
        missing=ask_all(peers),
        figures={**figures, **_running()},
        peers=peers,
        absent=[name for name in names if peer(name) is None],
        busy=busy,
    )


def _compare(size: int, peers: Sequence[Peer]) -> Scale:
    _PROGRESS.print(f"{size:,} rules")
    return compare(size, peers)


def _loading(scales: Mapping[int, Scale]) -> tuple[dict[str, str], list[Goal]]:
    """Figures and goals of loading; files and memory only when 10,000 rules are among the sizes."""
    compiled = {size: compile_seconds(scale.policies.policies) for size, scale in scales.items()}
    figures = {f"compile the plan of {size:,} rules, CPU": f"{taken:.3f} s" for size, taken in compiled.items()}
    goals = list(compile_goals(compiled))
    if TEN_THOUSAND in scales:
        files, memory = files_seconds(TEN_THOUSAND), plan_memory(scales[TEN_THOUSAND].policies.policies)
        figures[f"read, validate and compile {TEN_THOUSAND:,} rule files"] = f"{files:.1f} s"
        figures[f"memory of the plan of {TEN_THOUSAND:,} rules (tracemalloc), compiled"] = f"{memory.compiled:.1f} MB"
        figures["the same after 1,500 interactions about its products"] = f"{memory.used:.1f} MB"
        goals += loading_goals(files, memory.used)
    return figures, goals


def _running() -> dict[str, str]:
    rate = events_a_second()
    hard = {size: times(thresholds_over_ifs(size)) for size in _HARD}
    return {
        **{
            f"matching over generated ifs, {size:,} rules that only compare numbers, the hardest shape": found
            for size, found in hard.items()
        },
        **{f"a decision by a table of 498 rows, {hit}": f"{table_seconds(hit) * 1e6:,.0f} us" for hit in _HITS},
        "events a second through the pipeline (starter rules, SQLite, WAL, synchronous=FULL)": f"{rate:,.0f}",
        **{f"start to end: `{name}`": f"{taken * 1e3:,.0f} ms" for name, taken in start_up().items()},
        "peak memory of the benchmark's process": f"{peak_megabytes():,.0f} MB",
    }


def _lines(scales: Mapping[int, Scale]) -> dict[str, list[tuple[int, float]]]:
    """Each engine's seconds by number of rules."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for size, scale in scales.items():
        for name, row in scale.rows.items():
            if row.seconds is not None:
                lines.setdefault(name, []).append((size, row.seconds))
    return lines


if __name__ == "__main__":
    main()
