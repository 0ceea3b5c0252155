"""How verbs speak: colour on a terminal, plain text in a pipe, JSON when asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable


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
    _write(text, style, sys.stdout)


def tell(text: str, **style: Any) -> None:
    """Write a line to standard error: for people, never for the next program in a pipe."""
    _write(text, style, sys.stderr)


def _write(text: str, style: dict[str, Any], stream: TextIO) -> None:
    color = colored(stream)
    click.echo(click.style(text, **style) if style and color else text, file=stream, color=color)


def say_json(value: Any, *, lines: bool = False) -> None:
    """Write JSON: indented, or on one line."""
    text = orjson.dumps(value, option=0 if lines else orjson.OPT_INDENT_2)
    click.echo(text.decode())


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun: `1 error`, `2 errors`, `no policies`."""
    return f"{count or 'no'} {one if count == 1 else several or f'{one}s'}"
