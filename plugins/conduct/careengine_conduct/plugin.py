"""The plugin's hooks: rules read what it finds as `signals.conduct.<name>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine import hookimpl
from careengine_conduct.detect import read
from careengine_conduct.report import conduct
from careengine_conduct.second import second
from careengine_conduct.settings import added, languages, names
from careengine_conduct.signals import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from careengine import Interaction

_SPEAKS_FOR_US = frozenset({"agent", "bot", "system"})

# At the start, before a message comes in, the log says which settings and languages make no sense. Plugins have no hook
# for the start: but for verbs of the command line, all are about what is brought or what comes in; so it is done here.
added()
second()


@hookimpl
def careengine_signals(interaction: Interaction) -> Mapping[str, str | int | float | bool]:
    """What a customer's words say of conduct and need; nothing without a customer's words."""
    fields = interaction.fields
    words = fields.get("text")
    if not isinstance(words, str) or fields.get("direction") != "inbound" or fields.get("actor.type") in _SPEAKS_FOR_US:
        return {}
    language = fields.get("language")
    tag = language if isinstance(language, str) else ""
    employee = fields.get("employee.name")
    called = (*names(), employee) if isinstance(employee, str) else names()
    reading = read(words, language=tag, languages=languages(), names=called)
    other = None if reading.category else second()  # what a rule found goes to a person anyway
    return told(reading, other.opinion(words, tag) if other else None)


@hookimpl
def careengine_commands(cli: click.Group) -> None:
    """Adds `careengine conduct`."""
    cli.add_command(conduct)
