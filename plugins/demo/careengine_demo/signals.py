"""What the demo plugin hears in a customer's words; rules read it as `signals.demo.<name>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine import Interaction

_WANTS_PERSON = re.compile(
    r"\b(speak|talk) (to|with) (a|an|some) ?(real |actual )?(human|person|body|agent)\b", re.IGNORECASE
)
_REGULATOR = re.compile(r"\b(ombudsman|trading standards|small claims|my solicitor)\b", re.IGNORECASE)


def heard(interaction: Interaction) -> Mapping[str, bool]:
    """`wants_person` and `regulator_named`, for words of a customer; nothing when there are none to judge."""
    words = interaction.fields.get("text")
    if not isinstance(words, str) or interaction.fields.get("direction") != "inbound":
        return {}
    return {
        "wants_person": bool(_WANTS_PERSON.search(words)),
        "regulator_named": bool(_REGULATOR.search(words)),
    }
