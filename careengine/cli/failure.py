"""What becomes of an error: one clear message on standard error and an exit code, never a traceback."""

from __future__ import annotations

import os
import re
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine.cli.output import colored, tell
from careengine.errors import CareError, PolicyError
from careengine.policy import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine.cli.program import Program

PROBLEMS, WRONG_USE, ERASED, BUG = 1, 2, 3, 70
STOPPED, NO_READER = 128 + signal.SIGINT, 128 + 13  # as a shell reports a program that SIGINT or SIGPIPE ended
_BEFORE_THE_VERB = ("--settings", "--debug", "--version")


def guarded(program: Program, run: Callable[[], object]) -> int:
    """Run and give the exit code. What `run` returns is its exit code when it is a whole number."""
    try:
        _prepare_streams()
        result = _ended(run)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at exit: give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    except (click.Abort, KeyboardInterrupt):
        tell("stopped")
        return STOPPED
    except Exception as error:  # noqa: BLE001  the last line of defence: ops see one line
        if program.debug:
            traceback.print_exc()
        return _tell(error, debug=program.debug)
    return result if isinstance(result, int) else 0


def _prepare_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # whoever started us closed it
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  open until the program ends
        if reconfigure := getattr(getattr(sys, name), "reconfigure", None):
            reconfigure(errors="backslashreplace")  # a file name that is not UTF-8 must not stop a report


def _ended(run: Callable[[], object]) -> object:
    try:
        return run()
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _tell(error: Exception, *, debug: bool) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        tell(error.format_message())
        return WRONG_USE
    if isinstance(error, click.ClickException):
        tell(f"careengine: {words(error)}", fg="red")
        return error.exit_code
    if isinstance(error, PolicyError):
        tell(report.render(error.problems, "text", colored(sys.stderr)).rstrip("\n"))
    elif isinstance(error, CareError):
        tell(f"careengine: {error}", fg="red")
    elif isinstance(error, OSError) and error.strerror:
        place = f"cannot use `{error.filename}`: " if error.filename else ""
        tell(f"careengine: {place}{error.strerror.lower()}", fg="red")
    else:
        where = "" if debug else "; run `careengine --debug …` again to see where"
        tell(f"careengine: a bug of ours, {_kind(error)}{where}", fg="red")
        return BUG
    return PROBLEMS


def _kind(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def words(error: click.ClickException) -> str:
    """A usage error in our own words: lower case, input in backticks, what to do next."""
    if isinstance(error, click.NoSuchOption):
        return f"no option `{error.option_name}`; {_instead(error)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        near = f"did you mean `{error.possibilities[0]}`?" if error.possibilities else _help(error)
        return f"no verb `{error.command_name}`; {near}"
    text = re.sub(r"'([^']*)'", r"`\1`", error.format_message()).rstrip(".")
    text = text[:1].lower() + text[1:]
    hint = _help(error)
    return f"{text}; {hint}" if hint and ";" not in text else text


def _instead(error: click.NoSuchOption) -> str:
    if error.option_name in _BEFORE_THE_VERB:
        return f"write it before the verb: `careengine {error.option_name} …`"
    if error.possibilities:
        return f"did you mean `{error.possibilities[0]}`?"
    return _help(error)


def _help(error: click.ClickException) -> str:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{ctx.command_path} --help`" if ctx else ""
