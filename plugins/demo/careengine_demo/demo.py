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
@click.option(
    "--crm",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Run only the demo CRM, for the service of a folder that `careengine init --demo` made.",
)
def demo(
    once: bool,  # noqa: FBT001
    port: int,
    seed: int,
    keep: Path | None,
    format_: str,
    folder: Path | None,
) -> int:
    """Watch a day of interactions become decisions, on a demo CRM.

    Starts the real service on a fresh database with the starter rules, sends it a made-up day of 60 customers, and
    shows what care was due, what was written back to the CRM and what awaits a person. The same seed gives the same
    day and the same decisions.
    """
    from careengine_demo import alone  # noqa: PLC0415  a web server is not loaded for every other verb
    from careengine_demo.show import run  # noqa: PLC0415  the same

    if folder is not None:
        if once or port or keep or format_ != "text":
            raise click.UsageError("`--crm` goes with `--seed` only; everything else stands in the folder's settings")
        return alone.run(folder, seed)
    return run(once=once, port=port, seed=seed, keep=keep, as_json=format_ == "json")
