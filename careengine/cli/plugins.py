"""`careengine plugins`: what is installed, what it brings, and why something is not at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from careengine import logs
from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.host import ACTIVE, QUARANTINED, Host
from careengine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.cli.program import Program
    from careengine.host import PluginInfo
    from careengine.model.adapter import AdapterSpec

_COLORS = {ACTIVE: "green", QUARANTINED: "red"}


@click.command()
@format_option("text", "json")
@pass_program
def plugins(program: Program, format_: str) -> None:
    """List the installed plugins: their hooks, their adapters, and why one is not at work.

    A quarantined plugin is left out and everything else works; `careengine doctor` counts it as trouble.
    """
    logs.configure("error", "console")  # the list itself says what is quarantined
    found = Host.load(Settings.load(program.settings_file).plugins.disabled).plugins
    if format_ == "json":
        say_json([_as_json(info) for info in found])
    elif not found:
        say("no plugins are installed; `pip install careengine-<crm>` brings the adapter of a CRM")
    else:
        _show(found)


def _show(found: Sequence[PluginInfo]) -> None:
    say_table(
        ("plugin", "version", "distribution", "state", "hooks"),
        [(one.name, one.version, one.distribution, one.state, ", ".join(map(_short, one.hooks))) for one in found],
    )
    if adapters := [(one, spec) for one in found for spec in one.adapters]:
        say()
        say_table(
            ("adapter", "plugin", "actions", "idempotency", "concurrency", "webhook"),
            [(spec.name, one.name, *_can(spec).values()) for one, spec in adapters],
        )
    for one in found:
        if one.reason:
            say()
            say(f"{one.name} is {one.state}: {one.reason}", fg=_COLORS.get(one.state))


def _short(hook: str) -> str:
    return hook.removeprefix("careengine_")


def _can(spec: AdapterSpec) -> dict[str, str]:
    can = spec.capabilities
    actions = ", ".join(sorted(can.actions))
    return {"actions": actions, "idempotency": can.idempotency, "concurrency": can.concurrency, "webhook": can.webhook}


def _as_json(info: PluginInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "version": info.version,
        "distribution": info.distribution,
        "state": info.state,
        "reason": info.reason,
        "hooks": info.hooks,
        "adapters": [
            {
                "name": spec.name,
                "capabilities": {**_can(spec), "actions": sorted(spec.capabilities.actions)},
                "settings_schema": spec.settings_schema,
            }
            for spec in info.adapters
        ],
        "rule_packs": [{"name": pack.name, "folder": pack.folder} for pack in info.rule_packs],
    }
