"""`careengine serve`: the HTTP service, the delivery worker and the watch over the rule files."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from careengine import logs
from careengine.app import App
from careengine.cli.output import tell
from careengine.cli.program import pass_program
from careengine.policy.fields import site_catalogue
from careengine.service import serve as run
from careengine.service.memory import settle
from careengine.service.server import address_of, listening, refuse_open_door
from careengine.service.supervisor import Supervisor
from careengine.service.worker import Worker, inherited
from careengine.settings import Settings
from careengine.telemetry import spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.cli.program import Program


@click.command()
@click.option("--host", metavar="HOST", help="The address to listen on; `127.0.0.1` is this machine only.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", help="The port to listen on; 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", help="How many processes answer; 1 unless set.")
@click.option("--inherit", hidden=True, help="Be one of several processes: the files of the socket and the lifeline.")
@pass_program
def serve(program: Program, host: str | None, port: int | None, workers: int | None, inherit: str | None) -> int:
    """Run the service until Ctrl-C. SIGHUP reloads the rules, and so does a change of their files.

    Rules with a mistake are refused: at the start the service does not run on them, later it keeps those it has.
    """
    with _deaf_to_hangups():
        return _begin(program, host, port, workers, inherit)


@contextmanager
def _deaf_to_hangups() -> Iterator[None]:
    """SIGHUP would end us; from when the service answers it reloads the rules."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _begin(program: Program, host: str | None, port: int | None, workers: int | None, inherit: str | None) -> int:
    flags = {"service.host": host, "service.port": port, "service.workers": workers}
    settings = Settings.load(program.settings_file, flags=flags)
    logs.configure(settings.log.level, settings.log.format, site_catalogue(settings.rules.fields).catalogue)
    refuse_open_door(settings.service.auth, settings.service.host)
    if settings.service.workers > 1 and not inherit:
        return _supervise(program, settings)
    if settings.traces.send:
        spans.send()
    try:
        _serve(settings, inherit)
    finally:
        spans.close()
    return 0


def _serve(settings: Settings, inherit: str | None) -> None:
    with App.open(settings) as app:
        for name, why in app.broken_adapters.items():
            tell(f"careengine: adapter `{name}` is out of order: {why}", fg="yellow")
        settle()
        if inherit:
            Worker(app, *inherited(inherit)).run()
        else:
            run(app, settings.service.host, settings.service.port, _say)


def _supervise(program: Program, settings: Settings) -> int:
    service = settings.service
    with listening(service.host, service.port) as sock:
        address = address_of(sock)
        return Supervisor(
            command=_command(program, settings),
            sock=sock,
            count=service.workers,
            seconds_to_stop=service.drain_seconds + service.grace_seconds,
            ready=lambda: _say(address),
        ).run()


def _command(program: Program, settings: Settings) -> list[str]:
    """This program once more; `-P`, because a folder named like it here is not meant."""
    before = ["--settings", str(program.settings_file)] if program.settings_file else []
    before += ["--debug"] if program.debug else []
    host, port = settings.service.host, str(settings.service.port)
    return [sys.executable, "-P", "-m", "careengine", *before, "serve", "--host", host, "--port", port]


def _say(address: str) -> None:
    tell(f"careengine answers at {address}")
