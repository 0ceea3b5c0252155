"""What a contact cap says: to whom no contact of our own accord may be made, when, how often, and what then."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from careengine.model.condition import Condition

# What becomes of a contact that a cap takes away: it comes back at an instant, or not at all.
DEFER, SKIP = "defer", "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The customer must have agreed to the purpose. `called` names the purposes that the CRM has another word for.

    `again` is how long after a contact was put off it is looked at again.
    """

    then: str
    again: timedelta | None = None
    called: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours by the customer's own clock. `zones` are those they may be in when nothing is known of where they are.

    `hours` are their start and end in minutes after midnight; past midnight the end is over 1440.
    """

    hours: tuple[int, int]
    then: str
    zones: tuple[ZoneInfo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """At most so many contacts of these purposes in any stretch of that length."""

    at_most: int
    within: timedelta
    of: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """No contact while this is so, or not known."""

    condition: Condition
    then: str
    again: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """No contact while a restriction of the customer is in force."""

    then: str
    again: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """After being put off so many times a contact is not made any more, and a person of the role looks at it."""

    after: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCap:
    """What holds for contacts of some purposes; of its parts those that are given."""

    purposes: tuple[str, ...]
    consent: Consent | None = None
    quiet_hours: QuietHours | None = None
    frequency: Frequency | None = None
    suppress: Suppress | None = None
    restricted: Restricted | None = None
    give_up: GiveUp | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        if self.give_up:
            yield "/give_up/to", self.give_up.to
