"""`careengine decide FILE`: what care the interactions in a file are due, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine.app import App
from careengine.cli.events import read_events
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.tables import along
from careengine.cli.totals import Totals, say_totals
from careengine.cli.workspace import TrialClock, settings_with, trial
from careengine.decide.english import say_decision
from careengine.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from careengine.cli.events import Batch, Event
    from careengine.pipeline import Outcome

    _Handle = Callable[[Event], Outcome]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), metavar="PATH", help="Rules to use instead.")
@click.option("--history", type=click.Path(path_type=Path), metavar="FILE", help="Interactions that came before.")
@click.option(
    "--record",
    is_flag=True,
    help="Keep events and decisions in the settings' store; the service carries out what follows.",
)
@click.option("--summary", is_flag=True, help="Only the totals by kind and policy.")
@format_option("text", "json")
@pass_program
def decide(
    program: Program,
    file: Path,
    rules: Sequence[Path],
    history: Path | None,
    record: bool,  # noqa: FBT001  click gives it by name
    summary: bool,  # noqa: FBT001
    format_: str,
) -> int:
    """Decide what care each interaction in FILE is due (`-`: standard input).

    FILE holds one interaction as JSON, a JSON array, or JSON Lines. They are taken in the order of time, each one
    with those before it as its history. Nothing is kept unless --record is given. An interaction that cannot be
    read is reported and left out; the exit code is then 1.
    """
    if record and history:
        raise click.UsageError("`--history` is for trying out; with `--record` the store has the history")
    batch = read_events(file)
    earlier = read_events(history) if history else None
    totals = Totals()
    settings, clock = settings_with(program, rules), TrialClock()
    with App.open(settings) if record else trial(settings, clock) as app:
        handle = _recorded(app) if record else _tried(app, clock)
        if earlier:
            _run(handle, earlier, Totals(), _silent)
            totals.unreadable += len(earlier.bad)
        _run(handle, batch, totals, _teller(batch, format_, summary=summary))
    if summary or (format_ == "text" and len(batch.events) > 1):
        say_totals(totals, format_)
    return 1 if totals.unreadable else 0


def _recorded(app: App) -> _Handle:
    return lambda event: app.pipeline.handle(event.document, app.settings.tenant)


def _tried(app: App, clock: TrialClock) -> _Handle:
    """Each comes in when it happens."""

    def handle(event: Event) -> Outcome:
        clock.pass_to(event.at)
        return app.pipeline.handle_any(event.document, app.settings.tenant)

    return handle


def _run(handle: _Handle, batch: Batch, totals: Totals, show: Callable[[dict[str, Any]], None]) -> None:
    for bad in batch.bad:
        tell(f"{bad.place}: {bad.why}", fg="yellow")
    totals.unreadable += len(batch.bad)
    for event in along(batch.events, "deciding", alone=show is _silent):
        _one(handle, event, totals, show)


def _one(handle: _Handle, event: Event, totals: Totals, show: Callable[[dict[str, Any]], None]) -> None:
    try:
        outcome = handle(event)
    except PayloadError as error:
        totals.unreadable += 1
        for problem in error.problems:
            tell(f"{event.place}{': ' if event.place else ''}{problem.pointer or '/'}: {problem.message}", fg="yellow")
    else:
        totals.add(outcome.decision, duplicate=outcome.duplicate)
        show(outcome.decision)


def _silent(_: dict[str, Any]) -> None:
    """Show nothing."""


def _teller(batch: Batch, format_: str, *, summary: bool) -> Callable[[dict[str, Any]], None]:
    """How one decision is shown: of many, in English, only those that something follows from."""
    if summary:
        return _silent
    if format_ == "json":
        return lambda decision: say_json(decision, lines=True)
    single = len(batch.events) == 1

    def show(decision: dict[str, Any]) -> None:
        if single or decision["matched"] or decision["faults"]:
            say(say_decision(decision))
            if not single:
                say()

    return show
