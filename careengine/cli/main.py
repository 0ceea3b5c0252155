"""The program `careengine`: the list of verbs, the options before them, and what becomes of an error.

Exit codes: 0 fine, 1 problems were found, 2 wrong use, 3 it was erased, 70 a bug of ours, 130 stopped by Ctrl-C,
141 nobody reads on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine import __version__
from careengine.cli.failure import guarded
from careengine.cli.lazy import Verb, Verbs
from careengine.cli.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = (
    Verb(name="init", target="careengine.cli.init:init", summary="Start a folder with settings, rules and fields."),
    Verb(name="check", target="careengine.cli.check:check", summary="Read rule files and report every mistake."),
    Verb(name="render", target="careengine.cli.render:render", summary="Say policies in plain English."),
    Verb(
        name="preview", target="careengine.cli.preview:preview", summary="Show messages as customers would read them."
    ),
    Verb(name="test", target="careengine.cli.test:test", summary="Run the tests that stand beside the rules."),
    Verb(name="decide", target="careengine.cli.decide:decide", summary="Say what care interactions in a file are due."),
    Verb(name="explain", target="careengine.cli.explain:explain", summary="Show every condition, needed and found."),
    Verb(name="replay", target="careengine.cli.replay:replay", summary="Prove kept decisions again, byte for byte."),
    Verb(name="import", target="careengine.cli.imports:imports", summary="Turn another system's export into events."),
    Verb(name="serve", target="careengine.cli.serve:serve", summary="Run the HTTP service and the delivery worker."),
    Verb(name="db", target="careengine.cli.db:db", summary="Bring the database up to date, check it, copy it."),
    Verb(name="deploy", target="careengine.cli.deploy:deploy", summary="Write what runs and watches an installation."),
    Verb(name="keys", target="careengine.cli.keys:keys", summary="Make, list, exchange and revoke API keys."),
    Verb(name="authority", target="careengine.cli.authority:authority", summary="Say what an employee may give now."),
    Verb(name="tasks", target="careengine.cli.tasks:tasks", summary="Show what people are asked to decide; decide it."),
    Verb(name="parked", target="careengine.cli.parked:parked", summary="Try what is parked again, or drop it."),
    Verb(name="review", target="careengine.cli.review:review", summary="Say which rules people work around."),
    Verb(name="override", target="careengine.cli.review:override", summary="Keep that somebody did not follow a rule."),
    Verb(name="audit", target="careengine.cli.audit:audit", summary="Show what people decided: who, what, and why."),
    Verb(name="export", target="careengine.cli.person:export", summary="Write everything kept about a person."),
    Verb(name="erase", target="careengine.cli.person:erase", summary="Remove everything kept about a person."),
    Verb(name="purge", target="careengine.cli.purge:purge", summary="Remove what was kept long enough."),
    Verb(name="plugins", target="careengine.cli.plugins:plugins", summary="List plugins, and why one is quarantined."),
    Verb(name="doctor", target="careengine.cli.doctor:doctor", summary="Look at the whole installation for trouble."),
)

_COMPLETE = "_CAREENGINE_COMPLETE"  # how a shell asks for completions

# Verbs of our own plugins, so that a missing plugin can be named.
ELSEWHERE = {"demo": "careengine-demo", "conduct": "careengine-conduct"}


@click.group(
    cls=Verbs,
    verbs=VERBS,
    plugins="careengine.cli.brought:verbs",
    elsewhere=ELSEWHERE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="careengine", message="%(prog)s %(version)s")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The settings file to use in place of `careengine.toml` here.",
)
@click.option("--debug", is_flag=True, help="Show where in the program an unexpected error came from.")
@click.pass_context
def cli(ctx: click.Context, settings_file: Path | None, debug: bool) -> None:  # noqa: FBT001  click gives it by name
    """Answer every interaction of your CRM with the care it is due, and say why."""
    program = ctx.ensure_object(Program)
    program.settings_file, program.debug = settings_file, debug
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (by default the process's own) and give its exit code."""
    program = Program()
    arguments = sys.argv[1:] if argv is None else list(argv)
    return guarded(program, lambda: _run(arguments, program))


def _run(arguments: list[str], program: Program) -> object:
    if _COMPLETE in os.environ:
        return cli.main(arguments, prog_name="careengine", complete_var=_COMPLETE)
    # Not `cli.main`: it keeps a broken pipe to itself.
    with cli.make_context("careengine", arguments, obj=program) as ctx:
        return cli.invoke(ctx)
