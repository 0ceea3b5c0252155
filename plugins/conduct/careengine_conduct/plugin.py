"""The plugin's hooks: rules read what it finds as `signals.conduct.<name>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine import hookimpl
from careengine_conduct.detect import read
from careengine_conduct.signals import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine import Interaction

_SPEAKS_FOR_US = frozenset({"agent", "bot", "system"})


@hookimpl
def careengine_signals(interaction: Interaction) -> Mapping[str, str | int | float | bool]:
    """What a customer's words say of conduct and need; nothing without a customer's words."""
    fields = interaction.fields
    words = fields.get("text")
    if not isinstance(words, str) or fields.get("direction") != "inbound" or fields.get("actor.type") in _SPEAKS_FOR_US:
        return {}
    language = fields.get("language")
    return told(read(words, language=language if isinstance(language, str) else ""))
