"""`careengine purge`: removes what was kept long enough, or says what that would be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from careengine.app import keeping
from careengine.cli.given import actor
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.cli.workspace import kept, settings_with

if TYPE_CHECKING:
    from careengine.cli.program import Program


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@format_option("text", "json")
@pass_program
def purge(program: Program, dry_run: bool, format_: str) -> None:  # noqa: FBT001  click's
    """Remove what is older than the settings below `retention` allow. The service does the same, daily."""
    settings, now = settings_with(program), datetime.now(UTC)
    with kept(settings) as store:
        if dry_run:
            found = keeping.count(store, settings.tenant, settings.retention, now)
        else:
            found = keeping.purge(store, settings.tenant, settings.retention, now, actor())
            if any(found.values()) and not store.forget():
                tell("what was removed can be read in the database's log until nobody reads in it", fg="yellow")
            elif any(found.values()) and store.REMAINS:
                tell(store.REMAINS, fg="yellow")
    if format_ == "json":
        say_json({"dry_run": dry_run, "removed": found})
    elif not found:
        say("everything is kept for good; the settings below `retention` say how long instead")
    else:
        say_table(("kind", "would go" if dry_run else "removed"), list(found.items()))
