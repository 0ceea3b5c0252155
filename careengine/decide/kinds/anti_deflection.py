"""An anti-deflection policy in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.english import say_condition
from careengine.decide.terms import say_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.anti_deflection import AntiDeflection
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy


def doings(_: Policy, asked: AntiDeflection, __: Catalogue) -> Iterator[str]:
    """What it adds, and what it promises, a sentence each."""
    yield (
        f"when nothing else brings in a human for a customer who is in contact with us, and "
        f"{say_condition(asked.condition)}, hand over to {asked.to} with what was said so far"
    )
    if asked.calendar:
        yield f"outside the hours of {asked.calendar}, {asked.to} calls back{_soon(asked)} instead"
    if asked.bots:
        yield f"what goes to {' or '.join(asked.bots)} brings nobody in"
    if asked.reach:
        where = f" on {', '.join(asked.reach.channels)}" if asked.reach.channels else " on every channel"
        turns = "1 bot turn" if asked.reach.within_turns == 1 else f"{asked.reach.within_turns} bot turns"
        yield f"checked over all policies: whoever asks, and everybody after {turns} at the latest{where}, reaches one"


def _soon(asked: AntiDeflection) -> str:
    return say_within(asked.call_back_within, asked.calendar)
