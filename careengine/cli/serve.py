"""`careengine serve`: the HTTP service, the delivery worker and the watch over the rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from careengine import logs
from careengine.app import App
from careengine.cli.output import tell
from careengine.cli.program import pass_program
from careengine.policy.fields import site_catalogue
from careengine.service import serve as run
from careengine.service.server import refuse_open_door
from careengine.settings import Settings

if TYPE_CHECKING:
    from careengine.cli.program import Program


@click.command()
@click.option("--host", metavar="HOST", help="The address to listen on; `127.0.0.1` is this machine only.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", help="The port to listen on; 0 takes a free one."
)
@pass_program
def serve(program: Program, host: str | None, port: int | None) -> None:
    """Run the service until Ctrl-C. SIGHUP reloads the rules, and so does a change of their files.

    Rules with a mistake are refused: at the start the service does not run on them, later it keeps those it has.
    """
    flags = {"service.host": host, "service.port": port}
    settings = Settings.load(program.settings_file, flags=flags)
    logs.configure(settings.log.level, settings.log.format, site_catalogue(settings.rules.fields).catalogue)
    refuse_open_door(settings.service.auth, settings.service.host)
    with App.open(settings) as app:
        for name, why in app.broken_adapters.items():
            tell(f"careengine: adapter `{name}` is out of order: {why}", fg="yellow")
        run(app, settings.service.host, settings.service.port, lambda address: tell(f"careengine answers at {address}"))
