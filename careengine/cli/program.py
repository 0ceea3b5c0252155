"""What one run of the program knows before its verb starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Program:
    """The options that stand before the verb: the settings file (None: where settings are looked for) and `--debug`."""

    settings_file: Path | None = None
    debug: bool = False


pass_program = click.make_pass_decorator(Program, ensure=True)
