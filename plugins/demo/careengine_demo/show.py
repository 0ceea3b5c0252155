"""The demo from curtain to curtain: set the stage, replay the day, sum up, stay until Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from careengine_demo.day import make_day
from careengine_demo.mapping import ACTIONS
from careengine_demo.replay import Api, drain, replay
from careengine_demo.stage import USER, set_up
from careengine_demo.summary import Summary, show, sum_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from careengine_demo.day import Day
    from careengine_demo.stage import Stage

_LINES_IN_A_PIPE = 4


def run(*, once: bool, port: int, seed: int, keep: Path | None, as_json: bool) -> int:
    """Run the demo; 0 when everything was answered and delivered, 1 otherwise. Raises CareError."""
    # What people watch goes to standard error when standard output is JSON for a program.
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    day = make_day(seed)
    with stoppable(), set_up(day, port, keep) as stage:
        summary = _perform(stage, day, console)
        if as_json:
            click.echo(json.dumps(summary.to_json()))
        else:
            show(summary, console)
        if not once:
            _stay(stage, console)
    return 0 if summary.fine else 1


def _perform(stage: Stage, day: Day, console: Console) -> Summary:
    before = len({one["id"] for one in day.interactions}) - day.today
    console.print(f"the service answers at {stage.service.address}, the demo CRM at {stage.crm.url}", markup=False)
    console.print(
        f"sending {day.today} interactions of {len(day.customers)} customers on Tuesday 3 March 2026, "
        f"{before} from the weeks before, and {day.repeated} of them twice"
    )
    api = Api(stage)
    try:
        with _progress(len(day.interactions), console) as advance:
            answers = replay(api, day, advance)
        drain(api)
        waiting, parked = api.actions("waiting"), api.actions("parked")
    finally:
        api.close()
    written = stage.crm.records.written_by(USER)
    return sum_up(day, answers, waiting=waiting, parked=parked, written=written, sent=ACTIONS)


@contextmanager
def _progress(total: int, console: Console) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, a line now and then in a pipe."""
    if console.is_terminal:
        columns = (TextColumn("deciding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("deciding", total=total)
            yield lambda: bar.advance(task)
        return
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * _LINES_IN_A_PIPE // total > (done - 1) * _LINES_IN_A_PIPE // total:
            console.print(f"decided {done} of {total}")

    yield advance


def _stay(stage: Stage, console: Console) -> None:
    """Leave everything up until Ctrl-C, with the CRM's webhooks now coming in; the last line is the address."""
    stage.crm.send_webhooks_to(stage.service.address)
    console.print()
    console.print(f"the service's API key: {stage.key}", markup=False)
    console.print(f"the demo CRM: {stage.crm.url}, bearer token {stage.crm.shop_token}", markup=False)
    console.print("what happens there now reaches the service by webhook; Ctrl-C stops both", markup=False)
    try:
        click.echo(stage.service.address)
        sys.stdout.flush()
        stage.service.wait()
    except KeyboardInterrupt:
        return
    raise stage.service.died()


@contextmanager
def stoppable() -> Iterator[None]:
    """Let a polite kill end the demo as Ctrl-C does, so that nothing is left running."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
