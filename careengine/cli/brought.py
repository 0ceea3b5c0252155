"""The verbs that plugins bring, gathered so that a broken plugin never breaks the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from careengine import logs
from careengine.errors import SettingsError
from careengine.host import Host
from careengine.settings import Settings

if TYPE_CHECKING:
    from careengine.cli.program import Program


def verbs(program: Program | None) -> dict[str, click.Command]:
    """Every plugin's verbs by name, given to a group of their own: a plugin cannot replace one of ours.

    With settings that cannot be read there are none, since they may switch a plugin off.
    """
    logs.configure("error", "console")  # `careengine plugins` says what is quarantined
    try:
        settings = Settings.load(program.settings_file if program else None)
    except SettingsError:
        return {}
    gathered = click.Group()
    Host.load(settings.plugins.disabled).commands(gathered)
    return dict(gathered.commands)
