"""Tables and progress bars: drawn on a terminal, plain or absent in a pipe."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TypeVar

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from careengine.cli.output import colored, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")
_LONG = 200  # items
_WIDE = 100_000  # a pipe has no right edge


def say_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table: ruled on a terminal, aligned columns in a pipe. Numbers stand to the right."""
    tty = sys.stdout.isatty()
    table = Table(box=SIMPLE if tty else None, pad_edge=False, padding=(0, 1 if tty else 2, 0, 0), header_style="bold")
    body = [list(row) for row in rows]
    for column, header in enumerate(headers):
        numbers = bool(body) and all(isinstance(row[column], int) for row in body)
        table.add_column(header, justify="right" if numbers else "left", overflow="fold")
    for row in body:
        table.add_row(*("" if value is None else str(value) for value in row))
    page = io.StringIO()
    styled = colored(sys.stdout)
    width = None if tty else _WIDE
    Console(
        file=page, width=width, force_terminal=styled, no_color=not styled, markup=False, highlight=False, emoji=False
    ).print(table)
    for line in page.getvalue().splitlines():
        say(line.rstrip())


def along(items: Sequence[T], label: str, *, alone: bool) -> Iterable[T]:
    """The items, with a progress bar on a terminal for long work; `alone`: nothing else is written meanwhile."""
    if len(items) < _LONG or not sys.stderr.isatty() or not (alone or not sys.stdout.isatty()):
        return items
    return track(items, description=label, console=Console(stderr=True), transient=True)
