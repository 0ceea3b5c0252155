"""Words of ours in a customer's language, with values said in the customer's manner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from careengine.model.message import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.messages.shown import Manner


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A sentence by language (`de`), with the names of values in braces. An instant is said as day and time of day."""

    texts: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)

    def said(self, manner: Manner) -> str:
        """The sentence in the language of a manner; in English where it is not said in that language."""
        text = self.texts.get(manner.locale.language) or self.texts[ENGLISH]
        return text.format(**{name: _value(value, manner) for name, value in self.values.items()})


def _value(value: Any, manner: Manner) -> str:
    return manner.date_time(value) if isinstance(value, datetime) else manner.say(value)
