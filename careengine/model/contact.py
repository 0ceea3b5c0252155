"""What policies about contacting customers and praising employees say: outreach, contact caps, recognition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.condition import Condition
    from careengine.model.message import Message

# What a customer is contacted for, and how.
CARE, SURVEY, CELEBRATION, MARKETING = "care", "survey", "celebration", "marketing"
PURPOSES = (CARE, SURVEY, CELEBRATION, MARKETING)
CALL_BACK, MESSAGE = "call_back", "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that we make of our own accord. `channels` are in order of preference, `by` is the role that makes it.

    `within` counts by the hours of a `calendar` where one is named.

    `how` is call_back or message; `apologise` says that an apology comes first, `message` what else is said.
    """

    purpose: str
    how: str
    channels: tuple[str, ...] = ()
    apologise: bool = False
    message: Message | None = None
    by: str | None = None
    within: timedelta | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again after so long, and make contact only then; not when `unless` is so by then, or not known."""

    length: timedelta
    unless: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    """A contact, at once or after a wait."""

    contact: Contact
    wait: Wait | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        if self.contact.by:
            yield "/contact/by", self.contact.by
