"""The message to the customer that goes with an action, written when somebody reads the action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.messages import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.facts import Facts
    from careengine.model.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a policy wants the customer to read. `params` are the action's own values, by the names of templates."""

    message: Message
    params: Mapping[str, Any]


@dataclass(slots=True)
class WithLetter:
    """Makes the params of an action with its message in them."""

    letter: Letter
    known: Mapping[str, Any]
    facts: Facts

    def params(self) -> dict[str, Any]:
        """The params: `message` and its `locale`, or `message_needs`: why it cannot be written."""
        written = write(self.letter.message, self.facts.fields, self.letter.params)
        if written.text is None:
            return {**self.known, "message": None, "message_needs": written.why}
        return {**self.known, "message": written.text, "locale": written.locale}
