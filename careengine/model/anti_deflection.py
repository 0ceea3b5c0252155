"""What an anti-deflection policy says: when a customer must reach a human, and who that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.condition import Condition

# The events on which a customer is on the way to somebody; on all others there is nobody to be kept waiting.
ON_THE_WAY = frozenset({"interaction.received", "bot.turn", "case.opened", "case.reopened"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What must hold over the whole rule set: on these channels everybody reaches a human within so many bot turns."""

    within_turns: int
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AntiDeflection:
    """Who is brought in when `condition` is so: when a customer asked, the bot led nowhere, or it is severe.

    Outside the hours of the `calendar`, that role calls back, within so much of its working time. Nobody is brought in
    by what goes to one of the `bots`.
    """

    condition: Condition
    to: str
    calendar: str | None = None
    call_back_within: timedelta | None = None
    reach: Reach | None = None
    bots: tuple[str, ...] = ()

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        yield "/human/to", self.to
        for number, bot in enumerate(self.bots):
            yield f"/human/bots/{number}", bot
