"""What a decision about contacts asks about how things stand beside the event and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from datetime import datetime

FOR_CONTACTS = ("vulnerability", "tz", "country", "region", "locale")  # of a customer, without the prefix


@dataclass(frozen=True, slots=True)
class Now:
    """What time it is: events reach us late, and whom we then contact is contacted now. Answered as RFC 3339 text."""

    @property
    def key(self) -> str:
        """See `Question.key`."""
        return "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentKnown:
    """What a customer agreed to, by the latest event that says so.

    Answered with `at`, the instant of that event, and `purposes`; with nothing when no event says so.
    """

    customer: str

    @property
    def key(self) -> str:
        """See `Question.key`."""
        return f"consent({self.customer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingKnown:
    """How things stand with a customer, by the latest events that say so: where they are, and what protects them.

    Answered by the names of `FOR_CONTACTS` that anything is known of, each with that instant and the value.
    """

    customer: str

    @property
    def key(self) -> str:
        """See `Question.key`."""
        return f"standing({self.customer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMade:
    """When we contacted a customer for any of these purposes, after `since`: a list of instants, the oldest first."""

    customer: str
    purposes: tuple[str, ...]
    since: datetime

    @property
    def key(self) -> str:
        """See `Question.key`."""
        return f"contacts({self.customer} {','.join(self.purposes)} since={say_instant(self.since)})"
