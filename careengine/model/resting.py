"""How often a policy may act on one thing: what `once_per` asks beside the customer's history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.value import say_duration

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedAround:
    """Asks whether a policy acted on the same thing less than `within` before or after `at`; true or false.

    `same` says what is compared: the `case` of a CRM (`source`), whoever it is told to be of; or the `customer`, or an
    `issue`, of the person behind an id. `of` is the id of the case, customer or issue; `customer` is whose it is.
    """

    policy: str
    same: str
    of: str
    source: str
    customer: str | None
    at: datetime
    within: timedelta

    @property
    def key(self) -> str:
        """See `careengine.model.state.Question`."""
        return f"acted({self.policy} same={self.same} within={say_duration(self.within)})"
