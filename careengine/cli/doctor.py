"""`careengine doctor`: looks at the whole installation and says of everything what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from careengine import logs
from careengine.cli.checkup import examine
from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table

if TYPE_CHECKING:
    from careengine.cli.program import Program

_PATIENCE = 10.0


@click.command()
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=_PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long the CRMs may take to answer.",
)
@format_option("text", "json")
@pass_program
def doctor(program: Program, timeout: float, format_: str) -> int:
    """Look at settings, plugins, rules, store and adapters for trouble.

    Every line says what to do. The exit code is 1 when anything is wrong. The database is opened as `serve` opens
    it: it is made when there is none, and brought up to date.
    """
    logs.configure("error", "console")  # the report itself says what is wrong
    findings = list(examine(program.settings_file, timeout))
    wrong = sum(not finding.ok for finding in findings)
    if format_ == "json":
        say_json({"ok": not wrong, "checks": [asdict(finding) for finding in findings]})
    else:
        say_table(
            ("check", "state", "found", "what to do"),
            [(one.check, "fine" if one.ok else "wrong", one.found, one.do) for one in findings],
        )
        say()
        say(f"{wrong} of {len(findings)} are wrong" if wrong else "all is well", fg="red" if wrong else "green")
    return 1 if wrong else 0
