"""`careengine demo`: watch a day of interactions become decisions."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--once", is_flag=True, help="Stop after the summary instead of leaving the service up.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="The service's port; 0 takes any free one.",
)
@click.option("--seed", type=int, default=7, show_default=True, metavar="N", help="Another number makes another day.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep settings, database, log and what the CRM held in this new folder.",
)
@click.option(
    "--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to report."
)
def demo(once: bool, port: int, seed: int, keep: Path | None, format_: str) -> int:  # noqa: FBT001  click gives it by name
    """Watch a day of interactions become decisions, on a demo CRM.

    Starts the real service on a fresh database with the starter rules, sends it a made-up day of 60 customers, and
    shows what care was due, what was written back to the CRM and what awaits a person. The same seed gives the same
    day and the same decisions.
    """
    from careengine_demo.show import run  # noqa: PLC0415  a web server is not loaded for every other verb

    return run(once=once, port=port, seed=seed, keep=keep, as_json=format_ == "json")
