"""Timing: alternating passes within one process, medians, the garbage collector resting."""

from __future__ import annotations

import gc
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PASSES = 9


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done to each of some items, in so many rounds: a pass of less than a blink tells nothing."""

    do: Callable[[Any], object]
    items: Sequence[Any]
    rounds: int = 1

    def seconds(self) -> float:
        """One pass: seconds an item."""
        do = self.do
        start = time.perf_counter()
        for _ in range(self.rounds):
            for item in self.items:
                do(item)
        return (time.perf_counter() - start) / (self.rounds * len(self.items))


def alternate(works: Sequence[Work], passes: int = PASSES) -> list[list[float]]:
    """Seconds an item of each work in each pass. One after the other, so that a slow moment of the machine hits all."""
    taken: list[list[float]] = [[] for _ in works]
    with resting_collector():
        for _ in range(passes):
            for work, times in zip(works, taken, strict=True):
                times.append(work.seconds())
    return taken


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of passes that were taken side by side."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that a work takes, and what it gives."""
    gc.collect()
    start = time.process_time()
    given = work()
    return time.process_time() - start, given


@contextmanager
def resting_collector() -> Iterator[None]:
    """No garbage collection while the block is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
