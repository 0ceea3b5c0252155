"""What somebody of a role may give without asking, and who is asked above it, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from careengine.model.value import Money

CASE, CUSTOMER = "case", "customer"
PERIODS = ("day", "week", "month")  # of one employee, by the clock on the wall of a zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """An amount for each case, each customer, or each day, week or month of one employee, then in a zone."""

    amount: Money
    per: str
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A role that is asked, and by when it answers before the next one is, maybe by the hours of a calendar."""

    ask: str
    within: timedelta | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What employees of a role may give; all amounts are in one currency. Above it the steps are asked in order."""

    role: str
    may: tuple[Room, ...]
    above: tuple[Step, ...]

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return self.may[0].amount.currency

    def roles(self) -> Iterator[tuple[str, str]]:
        """The roles that it names, each after the JSON pointer of its place."""
        yield "/authority/role", self.role
        for number, step in enumerate(self.above):
            yield f"/authority/above/{number}/ask", step.ask


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLeft:
    """How one room of one authority stands: `left` is what may be given now without asking, None when unknown."""

    policy: str
    status: str
    amount: Money
    per: str
    scope: str | None
    used: Money | None
    left: Money | None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = {"policy": self.policy, "status": self.status, "amount": str(self.amount), "per": self.per}
        money = {name: str(value) if value else None for name, value in (("used", self.used), ("left", self.left))}
        return {**plain, "scope": self.scope, **money}
