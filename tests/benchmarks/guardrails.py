"""What guardrails cost: `pipeline.handle()` with them over the same pipeline without, on a large database.

Both have the same past and the same policies, but for the guardrails among them (`guarded_world.py`). Every event goes
to both, in turns; what counts is the processor's time, of all threads. `python -m tests.benchmarks.guardrails` writes
the part of the page that tells of it.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import structlog
from rich.console import Console

from careengine.model.policy import PolicySet
from careengine.policy.compile import compile_plan
from careengine.store import Store, timers
from tests.benchmarks.goals import Goal, times
from tests.benchmarks.guarded_world import POLICIES, SORTS, a_day, fill, rules, without_guardrails
from tests.benchmarks.measure import resting_collector
from tests.pipeline.house import pipeline
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine.model.policy import Policy
    from careengine.pipeline import Pipeline

PAST, TIMERS, EVENTS, EACH = 1_000_000, 100_000, 1_000, 100
AT_MOST, DUE_WITHIN = 2.0, 1.0  # times; milliseconds
WARM = 25  # events of each sort that are not measured
SECOND = timedelta(seconds=1)
PAGE = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- guardrails: begin -->", "<!-- guardrails: end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of the processor that events take without guardrails and with them, on average."""

    events: int
    without: float
    guarded: float

    @property
    def ratio(self) -> float:
        """How many times as much it is with them."""
        return self.guarded / self.without


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was measured. `day` is of a day's events, `sorts` of each sort by itself, `due` of finding due timers.

    `due` are milliseconds: the median and the 99th of 100; the present instant moves on with each question.
    """

    past: int
    timers: int
    day: Cost
    sorts: Mapping[str, Cost]
    due: tuple[float, float]


def measure(
    folder: Path, *, past: int = PAST, pending: int = TIMERS, events: int = EVENTS, each: int = EACH, warm: int = WARM
) -> Found:
    """All of it, in databases that are made in the folder."""
    policies, one, other = rules(), folder / "guarded.db", folder / "without.db"
    with closing(Store.open(f"sqlite:///{one}")) as store:
        customers = fill(store, past, pending)
    shutil.copy(one, other)
    with closing(Store.open(f"sqlite:///{one}")) as guarded, closing(Store.open(f"sqlite:///{other}")) as without:
        due = _due(guarded, pending)
        lines = [pipeline(guarded, _set(policies)), pipeline(without, _set(without_guardrails(policies)))]
        ask = _Asked(lines, customers)
        ask.run([sort for sort in SORTS for _ in range(warm)])
        sorts = {sort: ask.run([sort] * each) for sort in SORTS}
        return Found(past=past, timers=pending, day=ask.run(a_day(events)), sorts=sorts, due=due)


def goals(found: Found) -> Iterator[Goal]:
    """What is to be met."""
    figure = f"`handle()` with guardrails over without, {POLICIES} policies, {found.past:,} past events, processor"
    yield Goal(figure, f"at most {AT_MOST:g}x", times(found.day.ratio), found.day.ratio <= AT_MOST)
    middle, last = found.due
    said = f"{middle:.3f} ms, 99 of 100 within {last:.3f} ms"
    yield Goal(f"find the first due of {found.timers:,} timers", f"under {DUE_WITHIN:g} ms", said, last < DUE_WITHIN)


def section(found: Found) -> str:
    """The part of the page."""
    rows = [("a day of them", "100%", found.day), *((s, f"{SORTS[s][0]}%", cost) for s, cost in found.sorts.items())]
    costs = [
        f"| {sort} | {share} | {cost.without:.2f} ms | {cost.guarded:.2f} ms | {times(cost.ratio)} |"
        for sort, share, cost in rows
    ]
    met = [
        f"| {one.figure} | {one.goal} | {one.found} | {'met' if one.met else '**not met**'} |" for one in goals(found)
    ]
    table = ["| event | of a day | without | with | ratio |", "| --- | ---: | ---: | ---: | ---: |", *costs]
    told = ["| figure | goal | found |  |", "| --- | ---: | ---: | ---: |", *met]
    return "\n".join([BEGIN, "## Guardrails", "", _words(found), "", *told, "", *table, END])


def _words(found: Found) -> str:
    return f"""\
`python -m tests.benchmarks.guardrails` writes this part. The same events go to two pipelines in turns, on two SQLite
databases with the same past: {found.past:,} lines of history, as many reservations, {found.timers:,} timers, clocks,
tasks, restrictions and overrides. Both have the starter policies and copies of them, {POLICIES} in all, of all kinds;
one lacks those that guard: arbitration, caps, limits, budgets, authority, ways to a human, standards with their clocks,
protection and reviews. Processor time of the whole process, on average; the disk is not in it. The goal is for a day:
where only guardrails act, as when the opening of a case starts clocks, they cost more than twice what nothing costs."""


def write(found: Found, page: Path = PAGE) -> None:
    """Put the part into the page, in place of the one before."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2].lstrip("\n")
    page.write_text(f"{before.rstrip()}\n\n{section(found)}\n" + (f"\n{after}" if after else ""), encoding="utf-8")


@dataclass(slots=True)
class _Asked:
    """Two pipelines that are told the same."""

    lines: Sequence[Pipeline]
    customers: int
    numbers: Iterator[int] = field(default_factory=count)

    def run(self, sorts: Iterable[str]) -> Cost:
        """What events of these sorts cost each of them."""
        taken: tuple[list[float], list[float]] = ([], [])
        with resting_collector():
            for sort in sorts:
                number = next(self.numbers)
                document = SORTS[sort][1](sort.replace(" ", "-"), number, self.customers)
                for which in (0, 1) if number % 2 else (1, 0):
                    began = time.process_time()
                    self.lines[which].handle(document, "acme")
                    taken[which].append(time.process_time() - began)
        guarded, without = (fmean(each) * 1000 for each in taken)
        return Cost(events=len(taken[0]), without=without, guarded=guarded)


def _set(policies: Sequence[Policy]) -> PolicySet:
    return PolicySet(policies=tuple(policies), hash=f"{len(policies):064}", plan=compile_plan(policies))


def _due(store: Store, pending: int) -> tuple[float, float]:
    """Find the first that is due, at many instants: of some hardly any is, of others nearly all are."""
    taken = []
    with store.write() as transaction:
        for number in range(0, pending, max(1, pending // 2000)):
            now = NOW + (number + 1) * SECOND
            began = time.perf_counter()
            found = timers.due(transaction, "acme", now)
            taken.append((time.perf_counter() - began) * 1000)
            assert found is not None  # else nothing was measured
    return median(taken), sorted(taken)[len(taken) * 99 // 100]


def main() -> None:
    """Measure, print and write."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.disable()
    with TemporaryDirectory(prefix="careengine-") as folder:
        found = measure(Path(folder))
    write(found)
    Console().print(section(found), markup=False)


if __name__ == "__main__":
    main()
