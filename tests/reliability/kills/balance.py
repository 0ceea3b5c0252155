"""The two ledgers against each other: what was acknowledged, and what the CRM was told to do."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability.kills.plugin import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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


def unfinished(database: Path) -> Counter[tuple[str, str]]:
    """What the service still means to do, by case and type."""
    with closing(sqlite3.connect(database, timeout=30)) as reader:
        asked = f"SELECT substr(target, 6), type FROM actions WHERE state IN {UNFINISHED}"
        return Counter(reader.execute(asked).fetchall())


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
