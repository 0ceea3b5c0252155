"""How verbs speak: colour and tables on a terminal, plain text in a pipe, JSON when asked."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click
import orjson
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_WIDE = 100_000  # a pipe has no right edge


def format_option(*formats: str) -> Callable[[Any], Any]:
    """The `--format` option; the first format named is the default."""
    return click.option(
        "--format", "format_", type=click.Choice(formats), default=formats[0], show_default=True, help="How to report."
    )


def colored(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str = "", **style: Any) -> None:
    """Write a line to standard output, styled (`fg="red"`, `bold=True`) where colour is wanted."""
    click.echo(click.style(text, **style) if style and colored(sys.stdout) else text, color=colored(sys.stdout))


def tell(text: str, **style: Any) -> None:
    """Write a line to standard error: for people, never for the next program in a pipe."""
    click.echo(
        click.style(text, **style) if style and colored(sys.stderr) else text, err=True, color=colored(sys.stderr)
    )


def say_json(value: Any, *, lines: bool = False) -> None:
    """Write JSON: indented, or on one line."""
    text = orjson.dumps(value, option=0 if lines else orjson.OPT_INDENT_2)
    click.echo(text.decode())


def say_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table: ruled on a terminal, aligned columns in a pipe."""
    tty = sys.stdout.isatty()
    table = Table(box=SIMPLE if tty else None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    page = io.StringIO()
    width = None if tty else _WIDE
    Console(file=page, width=width, force_terminal=colored(sys.stdout), markup=False, highlight=False).print(table)
    for line in page.getvalue().splitlines():
        say(line.rstrip())


def _cell(value: object) -> str:
    return "" if value is None else str(value)
