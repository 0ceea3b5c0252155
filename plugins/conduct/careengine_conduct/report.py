"""`careengine conduct`: read a message, and see how reviews turned out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine_conduct.detect import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

VERDICTS = ("confirmed", "rejected")


@click.group()
def conduct() -> None:
    """Signals of conduct: what is seen in a message, and how reviews turned out."""


@conduct.command(name="read")
@click.argument("message", type=click.File(), default="-")
@click.option("--language", default="", metavar="TAG", help="The language that was used, where it is known.")
def read_message(message: TextIO, language: str) -> None:
    """Show as JSON what is seen in a MESSAGE: a file, or standard input."""
    reading = read(message.read().strip(), language=language)
    shown = asdict(reading) | {"conduct_spans": [asdict(span) for span in reading.spans], "guards": reading.guards}
    click.echo(json.dumps(shown, indent=2))


@conduct.command()
def rules() -> None:
    """Print the folder of the rules that come with the signals, for `rules.paths` in careengine.toml."""
    click.echo(Path(__file__).parent / "rules")


@conduct.command()
@click.argument("reviews", type=click.File())
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to report.")
def report(reviews: TextIO, format_: str) -> None:
    """Show precision by language and category from REVIEWS.

    REVIEWS is a file of JSON lines, each with `language`, `category` and `verdict` (confirmed or rejected), as people
    decided them. Other keys are ignored, so an export may carry more.
    """
    found = precision(reviews)
    if format_ == "json":
        click.echo(json.dumps(found))
        return
    click.echo(f"{'language':10}{'category':20}{'reviewed':>9}{'confirmed':>11}{'precision':>11}")
    for one in found:
        confirmed, share = one["confirmed"], one["precision"]
        click.echo(f"{one['language']:10}{one['category']:20}{one['reviewed']:>9}{confirmed:>11}{share:>11.2f}")


def precision(lines: Iterable[str]) -> list[dict[str, str | int | float]]:
    """The rows of the report. Raises click.ClickException for a line that is no review, with its number."""
    counts: Counter[tuple[str, str, str]] = Counter(
        _review(line, at) for at, line in enumerate(lines, 1) if line.strip()
    )
    rows: list[dict[str, str | int | float]] = []
    for language, category in sorted({key[:2] for key in counts}):
        confirmed, rejected = (counts[language, category, verdict] for verdict in VERDICTS)
        reviewed = confirmed + rejected
        share = round(confirmed / reviewed, 4)
        rows.append(
            {
                "language": language,
                "category": category,
                "reviewed": reviewed,
                "confirmed": confirmed,
                "precision": share,
            }
        )
    return rows


def _review(line: str, at: int) -> tuple[str, str, str]:
    try:
        told = json.loads(line)
        language, category, verdict = (str(told[key]) for key in ("language", "category", "verdict"))
    except (ValueError, KeyError, TypeError) as error:
        raise click.ClickException(
            f"line {at} is no review; expected an object with `language`, `category` and `verdict`"
        ) from error
    if verdict not in VERDICTS:
        raise click.ClickException(f"line {at}: unknown verdict `{verdict[:40]}`; expected `confirmed` or `rejected`")
    return language, category, verdict
