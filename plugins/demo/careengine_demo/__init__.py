"""The demo CRM: a small helpdesk with an HTTP API, its careengine adapter and a seeded day of interactions."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from careengine import hookimpl
from careengine_demo.adapter import spec
from careengine_demo.demo import demo
from careengine_demo.signals import heard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import click

    from careengine import AdapterSpec, Interaction


@hookimpl
def careengine_adapters() -> Sequence[AdapterSpec]:
    """The demo CRM's adapter."""
    schema = files(__name__).joinpath("settings.schema.json").read_text(encoding="utf-8")
    return [spec(json.loads(schema))]


@hookimpl
def careengine_signals(interaction: Interaction) -> Mapping[str, bool]:
    """What the customer's words plainly ask for."""
    return heard(interaction)


@hookimpl
def careengine_commands(cli: click.Group) -> None:
    """Adds `careengine demo`."""
    cli.add_command(demo)
