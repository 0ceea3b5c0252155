"""What it takes to load rules: processor time to compile, time to read files, memory of the plan."""

from __future__ import annotations

import statistics
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from careengine.model.facts import EntryHistory, Facts
from careengine.policy.compile import compile_plan
from careengine.policy.loader import load
from tests.benchmarks.measure import cpu
from tests.benchmarks.world import CATALOGUE, START, make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.policy import Policy

_TIMES = 3
_EVENTS = 1_500  # so many that most products are seen and their parts of the plan made


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes that a plan holds: right after compiling, and when it has answered events about most products."""

    compiled: float
    used: float


def compile_seconds(policies: Sequence[Policy]) -> float:
    """Processor time to compile the plan of policies that are read already; the median."""
    return statistics.median(cpu(lambda: compile_plan(policies))[0] for _ in range(_TIMES))


def files_seconds(rules: int) -> float:
    """Time to read so many rule files, one policy each, validate them and compile the plan."""
    with tempfile.TemporaryDirectory() as folder:
        for document in make(rules, 0).documents:
            path = Path(folder) / f"{document['id']}.yaml"
            path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        start = time.perf_counter()
        load([Path(folder)], CATALOGUE)
        return time.perf_counter() - start


def plan_memory(policies: Sequence[Policy]) -> Memory:
    """What the plan adds to the policies, by tracemalloc."""
    flat = [CATALOGUE.flatten(event) for event in make(len(policies), _EVENTS).events]
    facts = [Facts(fields=fields, as_of=START, history=EntryHistory()) for fields in flat]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        plan = compile_plan(policies)
        compiled = tracemalloc.get_traced_memory()[0]
        for fact in facts:
            plan.match(fact)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return Memory((compiled - before) / 2**20, (used - before) / 2**20)
