"""The message to the customer that goes with an action, written when somebody reads the action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.messages import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.facts import Facts
    from careengine.model.message import Message

_TOLD = ("message", "message_needs", "locale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a policy wants the customer to read. `params` are the action's own values, by the names of templates."""

    message: Message
    params: Mapping[str, Any]


@dataclass(slots=True)
class WithLetter:
    """Makes the params of an action with its message in them."""

    letter: Letter
    action: str
    known: Mapping[str, Any]
    facts: Facts

    def params(self) -> dict[str, Any]:
        """The params: `message` and its `locale`, or `message_needs`: why it cannot be written."""
        return {**self.known, **(self.facts.letters.get(self.action) or self._written())}

    def _written(self) -> dict[str, Any]:
        written = write(self.letter.message, self.facts.fields, self.letter.params)
        if written.text is None:
            return {"message": None, "message_needs": written.why}
        return {"message": written.text, "locale": written.locale}


def letters_of(decision: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the actions of a kept decision had customers read, by their ids; see `Facts.letters`."""
    params = {action["id"]: action["params"] for action in decision["actions"]}
    return {
        name: {told: found[told] for told in _TOLD if told in found}
        for name, found in params.items()
        if "locale" in found or "message_needs" in found
    }
