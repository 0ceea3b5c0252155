"""The page of figures: one row a figure, of which a run replaces those that it measured."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

SPEED = "<!-- speed: begin -->"  # from here on `speed/report.py` writes
PAGE = Path(__file__).with_name("RESULTS.md")
HEAD = """\
# Reliability, measured

`make reliability` takes hours; `python -m tests.reliability PART …` measures parts and replaces their rows here. The
short form of everything but the soak and the mutation scores runs with the tests (200 kills, 40 power cuts, 3,000
requests, 2,000 rule files). `load` is how busy the machine was
(load average when the part began): several programs shared it.

| figure | goal | found | met | load | command |
|---|---|---|---|---|---|
"""
_ROW = re.compile(r"^\| (?!figure)([^|-][^|]*?) \|.*\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its goal, what was found, whether that meets it, how busy the machine was, what was run."""

    name: str
    goal: str
    found: str
    met: bool
    load: float
    command: str

    def row(self) -> str:
        """As a line of the table."""
        met = "yes" if self.met else "**no**"
        return f"| {self.name} | {self.goal} | {self.found} | {met} | {self.load:.1f} | `{self.command}` |"


def write(figures: list[Figure], page: Path = PAGE) -> None:
    """Replace the rows of these figures, add those that are new, and keep the others and the part on speed."""
    before, speed, rest = (page.read_text(encoding="utf-8") if page.exists() else "").partition(SPEED)
    rows = {found[1]: found[0] for found in _ROW.finditer(before)}
    rows |= {figure.name: figure.row() for figure in figures}
    page.write_text(
        HEAD + "\n".join(rows.values()) + "\n\n" + _machine() + (speed and f"\n{speed}{rest}"), encoding="utf-8"
    )


def _machine() -> str:
    return (
        f"The machine: {os.cpu_count()} cores ({_processor()}), Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.\n"
    )


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1] if found else platform.machine()
