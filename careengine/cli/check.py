"""`careengine check`: every mistake in the rule files, at its line and column."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine.cli.output import colored, format_option, many, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.rules import declared_roles, rules_and_fields
from careengine.cli.tables import along
from careengine.policy import codes, loader, report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--list", "list_", is_flag=True, help="List every code with its meaning and how to mend it.")
@format_option("text", "json", "github", "sarif", "junit")
@pass_program
def check(program: Program, paths: Sequence[Path], list_: bool, format_: str) -> int:  # noqa: FBT001  click's
    """Check rule files and their tests; PATHS are files and folders.

    Without PATHS the rules of the settings are checked, or the starter rules when the settings name none. Warnings
    alone leave the exit code at 0.
    """
    if list_:
        _list(format_)
        return 0
    found, fields = rules_and_fields(program, paths)
    roles = declared_roles(program)
    problems = loader.check(found, fields.catalogue, along=partial(along, alone=True), roles=roles)
    text = report.render(problems, format_, format_ == "text" and colored(sys.stdout)).rstrip("\n")
    if text:
        say(text)
    _sum_up(problems, found, format_)
    return 1 if _count(problems, "error") else 0


def _list(format_: str) -> None:
    if format_ not in ("text", "json"):
        raise click.UsageError(f"`--list` reports as `text` or `json`, not as `{format_}`")
    if format_ == "json":
        rows = [(code.code, code.title, code.meaning, code.example_fix) for code in codes.CODES.values()]
        say_json([dict(zip(("code", "title", "meaning", "example_fix"), row, strict=True)) for row in rows])
        return
    for code in codes.CODES.values():
        say(f"{code.code} {code.title}", bold=True)
        say(f"  {code.meaning}")
        say(f"  {code.example_fix}")


def _sum_up(problems: Sequence[Problem], paths: Sequence[Path], format_: str) -> None:
    errors, warnings = _count(problems, "error"), _count(problems, "warning")
    where = ", ".join(str(path) for path in paths)
    summary = f"{many(errors, 'error')}, {many(warnings, 'warning')} in {where}"
    if format_ == "text":
        say(summary, fg="red" if errors else "yellow" if warnings else "green")
    else:
        tell(summary)


def _count(problems: Sequence[Problem], severity: str) -> int:
    return sum(problem.severity == severity for problem in problems)
