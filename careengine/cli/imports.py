"""`careengine import servicenow FILE`: another system's history as interactions, one JSON object a line."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import orjson

from careengine.backtest.servicenow import Tally, interactions
from careengine.cli.events import opened
from careengine.cli.output import many, tell
from careengine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.backtest.servicenow_rows import BadRow

_SHOWN = 20  # bad rows that are told one by one


@click.group(name="import")
def imports() -> None:
    """Turn another system's export into interactions (JSON Lines) for `careengine decide`."""


@imports.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Where to write; standard output by default.",
)
@click.pass_context
def servicenow(ctx: click.Context, file: Path, output: Path | None) -> None:
    """Read ServiceNow incident history: the audit log as CSV, one row an update.

    Every row becomes one event, in time order over the whole file: `case.opened` for the first of a case, then
    `case.reopened`, `case.transferred`, `case.resolved` or `case.updated` by what changed. Times are taken as UTC,
    `?` as missing. A row that cannot be read is reported with its line and left out; the exit code is then 1.
    """
    if output:
        _check_output(output, file)
    tally, bad = Tally(), _Bad()
    with opened(file) as source, _writer(output) as sink:
        for document in interactions(_text(source), tally, bad.report):
            sink.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    _sum_up(tally, bad, output)
    if bad.count or not tally.events:
        ctx.exit(1)


def _check_output(output: Path, file: Path) -> None:
    if output.exists() and file.exists() and output.samefile(file):
        raise click.UsageError("the output would overwrite the file that is read; name another one")
    if not output.parent.is_dir():
        raise ConfigError(f"there is no folder `{output.parent}` to write `{output.name}` in; make it first")


class _Bad:
    """Tells of rows that were left out, the first of them one by one."""

    def __init__(self) -> None:
        self.count = 0

    def report(self, row: BadRow) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            tell(f"line {row.line}: left out: {row.why}", fg="yellow")


def _text(source: IO[bytes]) -> Iterator[str]:
    """Lines as UTF-8; what is not becomes characters that no cell may hold, so that only its row is lost."""
    for number, line in enumerate(source):
        text = line.decode("utf-8", "surrogateescape")
        yield text.removeprefix("\ufeff") if number == 0 else text


@contextmanager
def _writer(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():  # a named pipe or a device takes it as it comes
        with output.open("wb") as sink:
            yield sink
    else:
        yield from _whole_or_not_at_all(output)


def _whole_or_not_at_all(output: Path) -> Iterator[IO[bytes]]:
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as sink:
            yield sink
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _sum_up(tally: Tally, bad: _Bad, output: Path | None) -> None:
    if bad.count > _SHOWN:
        tell(f"… and {bad.count - _SHOWN} more rows left out", fg="yellow")
    for word, times in sorted(tally.unknown.items()):
        tell(f"{word} has no translation and stays missing ({many(times, 'row')})", fg="yellow")
    kinds = ", ".join(f"{count} {event}" for event, count in sorted(tally.events.items()))
    where = f" to {output}" if output else ""
    tell(f"{tally.events.total()} events{where} ({kinds or 'none'}); {many(bad.count, 'row')} left out")
