"""One thing that one policy asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from careengine.model.policy import PROPOSING

if TYPE_CHECKING:
    from datetime import timedelta

    from careengine.decide.letter import Letter
    from careengine.decide.terms import Term
    from careengine.model.policy import Policy
    from careengine.model.value import Money


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One thing that one policy asks for. `merge` names what may be joined with the same wish of other policies.

    How it stands to others is worked out once; the wishes of most policies are the same for every event.
    """

    policy: Policy
    type: str
    status: str
    text: str
    merge: str = ""
    place: int = 0  # among the wishes of its policy
    params: dict[str, Any] = field(default_factory=dict)
    amount: Money | None = None
    within: timedelta | None = None  # how soon somebody has to look
    letter: Letter | None = None  # what the customer reads with it
    settled: bool = False  # an arbitration policy chose it
    terms: tuple[Term, ...] = ()  # lengths by a calendar, of which the decision tells the instants

    @cached_property
    def contest(self) -> tuple[str, ...]:
        """What it asks for: of several wishes in one contest one stands, unless they are joined."""
        if self.merge:
            return ("merge", self.merge)
        if self.type == "offer":
            family = self.params["family"]
            # What is owed adds up: every entitlement is a contest of its own, and so is what arbitration has settled.
            return ("offer", family, self.policy.name if family == "entitlement" or self.settled else "")
        return (self.type, self.policy.id if self.type == "review" else "")

    @cached_property
    def rank(self) -> tuple[int, int, Decimal, str, int]:
        """Who goes first: the highest level, then the highest priority, the largest amount, the id and the row."""
        policy, amount = self.policy, -self.amount.amount if self.amount else Decimal(0)
        return (-int(self.params.get("level") or 0), -policy.priority, amount, policy.id, policy.row)

    @cached_property
    def reading_order(self) -> tuple[int, int, str, int, int]:
        """The employee first, then who takes over, then the remedy and the rest; in a policy as its file has it."""
        kind = PROPOSING.index(self.policy.kind) if self.policy.kind in PROPOSING else len(PROPOSING)
        return (kind, -self.policy.priority, self.policy.id, self.policy.row, self.place)
