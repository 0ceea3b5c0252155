"""The question how much of a limit or budget is taken, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What counts after `since` and before `until`, for one policy and one scope, as it stands at `as_of`.

    With `whole`, `since` itself counts as well, and the two are the ends of a calendar period. Money is counted in
    `currency`, empty where none is counted.
    """

    policy: str
    scope: str
    as_of: datetime
    since: datetime
    until: datetime
    whole: bool
    currency: str = ""

    @property
    def key(self) -> str:
        """See `Question.key`."""
        span = f"{say_instant(self.since)}/{say_instant(self.until)}"
        return f"used({self.policy} {self.scope} {span}{f' {self.currency}' if self.currency else ''})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many and how much is taken, and whether somebody was told already that it is nearly all."""

    count: int = 0
    amount: Decimal = Decimal(0)
    noticed: bool = False

    def __add__(self, other: Usage) -> Usage:
        """What both come to."""
        noticed = self.noticed or other.noticed
        return Usage(count=self.count + other.count, amount=self.amount + other.amount, noticed=noticed)

    @classmethod
    def of(cls, answer: Mapping[str, Any] | None) -> Usage | None:
        """Read an answer; None when it is unknown."""
        if answer is None:
            return None
        return cls(count=answer["count"], amount=Decimal(answer["amount"]), noticed=answer["noticed"])

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"count": self.count, "amount": str(self.amount), "noticed": self.noticed}
