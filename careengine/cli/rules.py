"""Which rule files a verb looks at: those named, else those of the settings, else the starter rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from careengine import logs, resources
from careengine.host import Host
from careengine.policy.fields import site_catalogue
from careengine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from careengine.cli.program import Program
    from careengine.policy.fields import SiteFields


def rules_and_fields(program: Program, given: Sequence[Path]) -> tuple[list[Path], SiteFields]:
    """The paths to read and the fields that rules may name. Raises SettingsError and PolicyError."""
    logs.configure("warning", "console")
    settings = Settings.load(program.settings_file)
    return list(given) or _of_settings(settings), site_catalogue(settings.rules.fields)


def declared_roles(program: Program) -> Collection[str]:
    """The roles that policies may name; none when the settings name none. Raises SettingsError."""
    return Settings.load(program.settings_file).people.roles


def _of_settings(settings: Settings) -> list[Path]:
    """The paths that the service would read; the starter rules when there are none."""
    packs = Host.load(settings.plugins.disabled).rule_packs()
    starter = [resources.rules_folder()] if settings.rules.starter or not settings.rules.paths else []
    return [*settings.rules.paths, *starter, *(Path(pack.folder) for pack in packs)]
