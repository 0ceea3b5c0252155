"""Values that several verbs are given: times, reasons, and who works at this command line."""

from __future__ import annotations

import os
import pwd
from datetime import timedelta
from typing import Any

import click

from careengine.model.value import parse_duration

LONGEST_REASON = 300


def actor() -> str:
    """The user of this machine, as the audit names one; beside `root` whoever became it by sudo.

    Asked of the system: what the environment says of a user anybody can set, save root, who may write the audit anyway.
    """
    user, before = os.getuid(), os.environ.get("SUDO_UID", "")
    behind = f"/{_name(int(before))}" if user == 0 and before.isascii() and before.isdigit() else ""
    return f"local:{_name(user)}{behind}"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except (KeyError, OverflowError):  # a user without a name, as in containers
        return str(user)


class Duration(click.ParamType[timedelta]):
    """A time such as `90d`."""

    name = "time"

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it. Fails for what is no time, or none at all."""
        try:
            length = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not length and not self.zero:
            self.fail(f"`{value}` is no time at all; write `90d`", param, ctx)
        return length


def is_readable(text: str) -> bool:
    """Whether this is text: what the terminal hands over as it is may be bytes of no encoding that we know."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


class Name(click.ParamType[str]):
    """An id or a name, as the database may be asked for it."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is. Fails for what is no text in UTF-8."""
        if not is_readable(value):
            self.fail("expected text in UTF-8", param, ctx)
        return value


class Reason(click.ParamType[str]):
    """Why something is done: 1 to 300 characters."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it without blanks around it. Fails for none, and for an essay."""
        said = value.strip()
        if not 1 <= len(said) <= LONGEST_REASON or not is_readable(said):
            self.fail(f"say why in 1 to {LONGEST_REASON} characters", param, ctx)
        return said


reason_option = click.option(
    "--reason", type=Reason(), required=True, metavar="TEXT", help="Why; it is kept in the audit."
)
