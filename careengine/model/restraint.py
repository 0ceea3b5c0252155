"""What guardrails did to the wishes of other policies, and what they set aside for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.model.value import Money

ASKED, WITHHELD, DEFERRED, NOTICED, ADDED = "asked", "withheld", "deferred", "noticed", "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """What one guardrail did to one action of another policy, and why.

    `did` is asked (the action waits for a yes of the role `to`), withheld, deferred (until the instant `until`),
    noticed (it goes ahead, and the role `to` is told) or added (the guardrail itself asks for it). Of a guardrail in
    shadow it says what it would do.
    """

    policy: str
    kind: str
    status: str
    did: str
    type: str
    of: str
    why: str
    to: str | None = None
    until: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; without `to` and `until` where there is none."""
        told = {name: getattr(self, name) for name in ("policy", "kind", "status", "did", "type", "of", "why")}
        to = {"to": self.to} if self.to else {}
        return {**told, **to, **({"until": say_instant(self.until)} if self.until else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What an action takes up of a limit, a budget or somebody's authority, in the transaction of its decision.

    `policy` is the guardrail, `scope` whose room it is, such as `household:H-1`, and `period` the calendar period it
    counts in, such as `2026-11` (empty for a rolling window). `action` is the action's id. While somebody's yes is
    waited for it is held until `until`; without that instant, and once it is on its way, it stands. One that is
    `waiting` takes up nothing until a person says yes to the action, because there is no room for it.
    """

    policy: str
    scope: str
    action: str
    period: str = ""
    amount: Money | None = None
    until: datetime | None = None
    waiting: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; without what there is none of."""
        told: dict[str, Any] = {"policy": self.policy, "scope": self.scope, "action": self.action}
        told |= {"period": self.period} if self.period else {}
        told |= {"amount": str(self.amount)} if self.amount else {}
        told |= {"waiting": True} if self.waiting else {}
        return told | ({"until": say_instant(self.until)} if self.until else {})
