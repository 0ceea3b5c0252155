"""The goals of speed and memory, and whether they are met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.measure import alternate, ratio
from tests.benchmarks.scale import DECIDED, IFS, OURS, RECORDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.scale import Scale

TEN_THOUSAND, HUNDRED_THOUSAND = 10_000, 100_000
_IFS = {10: 1.3, 100: 1.15, 1_000: 0.25, TEN_THOUSAND: 0.05, HUNDRED_THOUSAND: 0.015}
_ZEN = {10: 8, 1_000: 20, TEN_THOUSAND: 100}
_GROWTH = ((TEN_THOUSAND, 10, 15), (HUNDRED_THOUSAND, TEN_THOUSAND, 4))
_EXPLAINED_AT, _EXPLAINED = 1_000, 3
_COMPILE = {TEN_THOUSAND: 0.2, HUNDRED_THOUSAND: 3.0}


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure beside what it should be."""

    figure: str
    goal: str
    found: str
    met: bool


def speed_goals(scales: Mapping[int, Scale]) -> Iterator[Goal]:
    """The goals of the sizes and peers that were measured."""
    yield from _to_ifs(scales)
    yield from _growth(scales)
    yield from _to_zen(scales)
    if _EXPLAINED_AT in scales:
        for name, what in ((DECIDED, "decide(), reasons not read"), (RECORDED, "decide() and its full record in JSON")):
            found = scales[_EXPLAINED_AT].rows[name].to_ours or 0.0
            figure = f"{what}, over matching alone, {_EXPLAINED_AT:,} rules"
            yield Goal(figure, f"at most {_EXPLAINED}x", times(found), found <= _EXPLAINED)


def compile_goals(seconds: Mapping[int, float]) -> Iterator[Goal]:
    """The goals of compiling plans; processor seconds by number of rules."""
    for size, most in _COMPILE.items():
        if size in seconds:
            found = seconds[size]
            yield Goal(f"compile {size:,} rules, CPU", f"at most {most:g} s", f"{found:.2f} s", found <= most)


def loading_goals(files: float, memory: float) -> Iterator[Goal]:
    """The goals of reading 10,000 rule files, in seconds, and of the plan's memory, in MB."""
    yield Goal(f"read and validate {TEN_THOUSAND:,} rule files", "under 10 s", f"{files:.1f} s", files < 10)
    yield Goal(f"memory of the plan, {TEN_THOUSAND:,} rules", "at most 15 MB", f"{memory:.1f} MB", memory <= 15)


def times(found: float) -> str:
    """A ratio as people read it."""
    digits = 3 if found < 0.1 else 2 if found < 10 else 1 if found < 100 else 0
    return f"{found:,.{digits}f}x"


def _to_ifs(scales: Mapping[int, Scale]) -> Iterator[Goal]:
    for size, most in _IFS.items():
        if size in scales:
            found = 1 / (scales[size].rows[IFS].to_ours or 1.0)
            yield Goal(
                f"matching over generated ifs, {size:,} rules", f"at most {most:g}x", times(found), found <= most
            )


def _growth(scales: Mapping[int, Scale]) -> Iterator[Goal]:
    """The plans of different sizes, asked in alternating passes of their own."""
    for above, below, most in _GROWTH:
        if above in scales and below in scales:
            found = ratio(*alternate([scales[above].ours, scales[below].ours]))
            yield Goal(f"{OURS}: {above:,} rules over {below:,}", f"at most {most}x", times(found), found <= most)


def _to_zen(scales: Mapping[int, Scale]) -> Iterator[Goal]:
    for size, least in _ZEN.items():
        row = scales[size].rows.get("zen-engine") if size in scales else None
        if row and row.to_ours:
            figure = f"zen-engine's fastest form over matching, {size:,} rules"
            yield Goal(figure, f"at least {least}x", times(row.to_ours), row.to_ours >= least)
