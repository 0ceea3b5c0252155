"""Half of what the service can take, for a long time: memory and the database's log must not grow."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from tests.reliability.kills.crm import LedgerCrm
from tests.reliability.kills.house import House
from tests.reliability.kills.house import spawner as spawning
from tests.reliability.kills.run import live
from tests.reliability.kills.senders import Senders

if TYPE_CHECKING:
    from tests.reliability.kills.house import Spawner

PAGE = os.sysconf("SC_PAGE_SIZE")
SENDERS = 4


@dataclass(slots=True, kw_only=True)
class Soak:
    """`memory` is the resident set in bytes, sample by sample, and `wal` the size of the database's log."""

    seconds: float
    full: float  # events a second that the service and its deliveries take
    events: int = 0
    refused: int = 0
    memory: list[int] = field(default_factory=list)
    wal: list[int] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """How much larger the last fifth of the samples is than the second, as a share; the first warms up."""
        fifth = len(self.memory) // 5
        return mean(self.memory[-fifth:]) / mean(self.memory[fifth : 2 * fifth]) - 1


def soak(folder: Path, seconds: float, every: float = 1.0) -> Soak:
    """Measure what the service takes at most, then let it work at half of that for so long."""
    with LedgerCrm(share=0) as crm, spawning() as spawner:
        house = House.build(folder, crm.url)
        spawner.start(house)
        live(house, 0)
        found = Soak(seconds=seconds, full=_full(house, crm))
        senders = Senders(house.url, threads=SENDERS, pace=2 * SENDERS / found.full, first=1_000_000)
        senders.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(every)
            _sample(found, house, spawner)
        senders.finish()
        spawner.end(signal.SIGTERM)
    found.events = len(senders.acknowledged)
    found.refused = sum(times for status, times in senders.answers.items() if status != 200)
    return found


def _full(house: House, crm: LedgerCrm, seconds: float = 10.0) -> float:
    senders, started = Senders(house.url, threads=SENDERS), time.monotonic()
    senders.start()
    time.sleep(seconds)
    senders.finish()
    wanted = 4 * len(senders.acknowledged)
    while crm.ledger.total() < wanted:  # four actions an event; load that is never delivered is none
        time.sleep(0.05)
    return len(senders.acknowledged) / (time.monotonic() - started)


def _sample(found: Soak, house: House, spawner: Spawner) -> None:
    found.memory.append(int(Path(f"/proc/{spawner.pid}/statm").read_text().split()[1]) * PAGE)
    log = Path(f"{house.database}-wal")
    found.wal.append(log.stat().st_size if log.exists() else 0)
