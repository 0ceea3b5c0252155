"""The two ledgers against each other: what was acknowledged, and what the CRM was told to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, select

from careengine.store.tables import actions, inbox
from tests.reliability.kills.plugin import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COUNTS = ("kills", "events", "actions", "lost", "doubled", "pending")
UNFINISHED = ("due", "sending", "parked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """`lost` is not in the CRM and nobody will see to it any more; `pending` is not there yet, and somebody will."""

    kills: int
    events: int
    actions: int
    lost: int
    doubled: int
    pending: int
    seconds: float = 0.0

    @property
    def even(self) -> bool:
        """Whether all is as it must be."""
        return self.events > 0 and not (self.lost or self.doubled or self.pending)


def total(found: Sequence[Balance]) -> Balance:
    """Several balances as one; they took the time of the longest."""
    sums = {name: sum(getattr(one, name) for one in found) for name in COUNTS}
    return Balance(**sums, seconds=max(one.seconds for one in found))


def unfinished(store: str) -> Counter[tuple[str, str]]:
    """What the service still means to do, by case and type; `store` is the URL of its database.

    A webhook that is not worked off stands for all the actions that it leads to.
    """
    engine = create_engine(store, poolclass=NullPool)
    with engine.connect() as reader:
        # In this order: what is decided between the two is seen twice, and never not at all.
        kept = reader.scalars(select(inbox.c.delivery).where(inbox.c.state.in_(UNFINISHED)))
        led_to = Counter((f"T-{delivery.removeprefix('d-')}", kind) for delivery in kept for kind in TYPES)
        asked = reader.execute(select(actions.c.target, actions.c.type).where(actions.c.state.in_(UNFINISHED)))
        decided: Counter[tuple[str, str]] = Counter((target.removeprefix("case:"), kind) for target, kind in asked)
        return led_to | decided


def balance(
    acknowledged: Iterable[Iterable[tuple[str, str]]],
    ledger: Mapping[tuple[str, str], int],
    waits: Mapping[tuple[str, str], int],
    kills: int,
) -> Balance:
    """Compare; every action of the plugin's types is to be done once."""
    promised = [[action for action in one if action[1] in TYPES] for one in acknowledged]
    wanted = {action for one in promised for action in one}
    missing = {action for action in wanted if not ledger.get(action)}
    return Balance(
        kills=kills,
        events=len(promised),
        actions=len(wanted),
        lost=len([action for action in missing if action not in waits]),
        doubled=sum(times > 1 for times in ledger.values()),
        pending=sum(waits.values()),
    )
