"""How much of something there may be: what a limit or a budget counts, for whom, and what happens beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from careengine.model.value import Money

PERSON, HOUSEHOLD, EVERYBODY = "person", "household", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The role that decides, and within which time."""

    to: str
    within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A role that is told once this many percent are used, once a period."""

    at: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a limit or a budget says.

    It counts actions of the type `of`, offers of one `family` only or of any that is not owed. `per` is whose room it
    is: person, household, case, employee, team, or all. `count` and `amount` are the most there may be, at least one
    of them given. It looks back a rolling time (`within`), or at a calendar `period` (day to year) in a `zone`. What
    was not spent is let go after `hold`; without it, room stands until it is spent or released. `block` is the key
    of the file under which all this stands.
    """

    block: str
    of: str
    per: str
    over: Ask
    family: str | None = None
    count: int | None = None
    amount: Money | None = None
    within: timedelta | None = None
    period: str | None = None
    zone: ZoneInfo | None = None
    hold: timedelta | None = None
    notice: Notice | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        yield "/over/ask", self.over.to
        if self.notice:
            yield "/tell/to", self.notice.to
