"""What one run of the program knows before its verb starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.lazy import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Program:
    """The options that stand before the verb: the settings file (None: where settings are looked for) and `--debug`."""

    settings_file: Path | None = None
    debug: bool = False

    def reviews(self) -> Iterator[dict[str, Any]]:
        """What people found of conduct that was flagged, the latest first, for verbs of plugins (`click.pass_obj`).

        Each has `verdict` (`confirmed`, `rejected` or `excused`, then `because_of` what), `category` and `severity` as
        the reviewer gave them (else None), the `policy` that flagged it, and `signals`: by plugin and name, what was
        found in the message. It names nobody. Erasing a customer takes theirs away. Raises ConfigError and StoreError.
        """
        found: Iterator[dict[str, Any]] = load("careengine.cli.reviews:reviews")(self)
        return found


pass_program = click.make_pass_decorator(Program, ensure=True)
