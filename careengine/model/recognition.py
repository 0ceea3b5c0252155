"""What a recognition says: praise of an employee becomes a nomination, which a person confirms with the quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The role that confirms, never the one who is praised, and how many nominations an employee may have.

    `quote` is so when the event has words of the customer that can be quoted. At most `at_most` in any stretch as long
    as `within`.
    """

    confirmed_by: str
    quote: Condition
    at_most: int
    within: timedelta
    decide_within: timedelta | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        yield "/nominate/confirmed_by", self.confirmed_by
