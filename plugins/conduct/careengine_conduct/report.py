"""`careengine conduct`: read a message, check a language, name the rules, and see how reviews turned out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from careengine_conduct.added import counts, read_language
from careengine_conduct.detect import read
from careengine_conduct.feedback import lines, precision
from careengine_conduct.language import CORE, LanguageError
from careengine_conduct.second import second
from careengine_conduct.settings import languages, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from careengine_conduct.feedback import Row

_MOST = 100_000  # letters of a message; careengine takes no longer ones


class _Program(Protocol):
    def reviews(self) -> Iterator[Mapping[str, Any]]: ...


@click.group()
def conduct() -> None:
    """Signals of conduct: what is seen in a message, and how reviews turned out."""


@conduct.command(name="read")
@click.argument("message", type=click.File("rb"), default="-")
@click.option("--language", default="", metavar="TAG", help="The language that was used, where it is known.")
def read_message(message: BinaryIO, language: str) -> None:
    """Show as JSON what is seen in a MESSAGE: a file, or standard input.

    `second` is the second opinion, where the settings name whom to ask and no rule found anything.
    """
    text = _text(message).rstrip()  # what a line ends with is not said; offsets are those of the file
    reading = read(text, language=language, languages=languages(), names=names())
    shown = asdict(reading) | {"conduct_spans": [asdict(span) for span in reading.spans], "guards": reading.guards}
    if other := None if reading.category else second():
        shown["second"] = other.opinion(text, language)._asdict()
    click.echo(json.dumps(shown, indent=2))


def _text(message: BinaryIO) -> str:
    content = message.read(4 * _MOST + 1)
    try:
        text = content.decode() if len(content) <= 4 * _MOST else ""
    except UnicodeDecodeError as error:
        why = f"the byte {content[error.start]:#04x} at {error.start:,} is not UTF-8"
        raise click.ClickException(f"the message cannot be read: {why}; save it as UTF-8") from error
    if len(content) > 4 * _MOST or len(text) > _MOST:
        raise click.ClickException(f"the message has more than {_MOST:,} letters; give one message at a time")
    return text


@conduct.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, folder: Path) -> None:
    """Check the FOLDER of a language to be added, and report every fault at its place."""
    try:
        language = read_language(folder.resolve().name, folder)
    except LanguageError as error:
        click.echo(error)
        ctx.exit(1)
    click.echo(f"{language.code}: {', '.join(f'{name} {count}' for name, count in counts(language).items())}")
    if language.code in CORE:
        click.echo(f"it takes the place of the `{language.code}` that comes along, with all that stands in that")


@conduct.command()
def rules() -> None:
    """Print the folder of the rules that come with the signals, for `rules.paths` in careengine.toml."""
    click.echo(Path(__file__).parent / "rules")


@conduct.command()
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to report.")
@click.pass_obj
def report(program: _Program, format_: str) -> None:
    """Show how often people agreed, by language and category, and by rule.

    It counts the flags that people confirmed, rejected or excused, as they are kept in the database of the settings.
    `precision` is the share that was conduct at all; `as marked`, of those confirmed, the share that was of the
    category and about the severity that the signals said; `-` where nobody could say.
    """
    found = precision(program.reviews())
    if format_ == "json":
        click.echo(json.dumps(found))
    elif not found["categories"]:
        click.echo("nobody has reviewed anything that the signals showed")
    else:
        _show(found["categories"], "category")
        click.echo()
        _show(found["rules"], "rule")


def _show(rows: list[Row], name: str) -> None:
    click.echo(f"{'language':10}{name:28}{'reviewed':>9}{'confirmed':>11}{'precision':>11}{'as marked':>11}")
    for one in rows:
        confirmed, share = one["confirmed"], one["precision"]
        marked = "-" if one["as_marked"] is None else f"{one['as_marked']:.2f}"
        click.echo(f"{one['language']:10}{one[name]:28}{one['reviewed']:>9}{confirmed:>11}{share:>11.2f}{marked:>11}")


@conduct.command()
@click.pass_obj
def feedback(program: _Program) -> None:
    """Write what people found of flagged words as JSON lines to train on, redacted.

    Of the words, those stay that the language's own lists hold; no line says who wrote them, to whom or when.
    """
    for line in lines(program.reviews(), languages()):
        click.echo(json.dumps(line, ensure_ascii=False))
