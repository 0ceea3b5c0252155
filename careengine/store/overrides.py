"""What people did otherwise than a policy said, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert

from careengine.store.tables import overrides

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# What a person did: said no to what the policy asked for, gave something else, or acted though it was withheld.
DECLINED, AMENDED, OTHERWISE = "declined", "amended", "otherwise"
DEEDS = (DECLINED, AMENDED, OTHERWISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One of them. `event` is the number of the event that `decision` was about.

    `exception` is a short name by which such cases are counted together; without one the reason does.
    """

    policy: str
    decision: str
    event: int
    did: str
    reason: str
    actor: str
    exception: str = ""


def add(transaction: Connection, tenant: str, made: Override, now: datetime) -> None:
    """Keep one."""
    values = {
        "tenant": tenant,
        "policy": made.policy,
        "at": now,
        "event": made.event,
        "decision": made.decision,
        "did": made.did,
        "reason": made.reason,
        "exception": " ".join((made.exception or made.reason).casefold().split()),
        "actor": made.actor,
    }
    transaction.execute(insert(overrides).values(values))
