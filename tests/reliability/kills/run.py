"""The story of a run: serve, kill, serve, kill, … then drain, and compare the ledgers."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import requests

from tests.reliability.kills.balance import Balance, balance, unfinished
from tests.reliability.kills.crm import LedgerCrm
from tests.reliability.kills.house import House
from tests.reliability.kills.senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reliability.kills.house import Spawner

SHORTEST, LONGEST = 0.15, 0.5  # seconds that a service lives, from when it answers
DRAIN_SECONDS = 60.0  # without any progress
START_SECONDS = 30.0


def run(
    spawner: Spawner,
    folder: Path,
    kills: int,
    *bug: str,
    events: int = 1_000_000,
    pace: float = 0.0,
    every: bool = False,
    seed: int = 4,
    tell: Callable[[int], object] = lambda _: None,
) -> Balance:
    """Kill the service that often, with a bug in it or without, drain, and give the balance.

    `events` is how many are sent at most, by four senders
    who each wait `pace` seconds between two; with `every` one all of them are.
    """
    chance, started = random.Random(seed), time.monotonic()
    with LedgerCrm(seed=seed) as crm:
        house = House.build(folder, crm.url)
        senders = Senders(house.url, most=events, pace=pace)
        spawner.start(house, *bug)
        senders.start()
        try:
            for done in range(kills):
                live(house, chance.uniform(SHORTEST, LONGEST))
                spawner.end(signal.SIGKILL)
                tell(done + 1)
                spawner.start(house, *bug)
            if every:
                senders.complete()
            _drain(house, senders)
        finally:
            senders.finish(0)
            spawner.end(signal.SIGTERM)
        found = balance(senders.acknowledged.values(), crm.ledger, unfinished(house.database), kills)
    return replace(found, seconds=time.monotonic() - started)


def live(house: House, seconds: float) -> None:
    """Wait until the service answers, and then so long."""
    until = time.monotonic() + START_SECONDS
    while not _answers(house):
        if time.monotonic() > until:
            raise AssertionError((house.folder / "stderr").read_text()[-2000:])
        time.sleep(0.005)
    time.sleep(seconds)


def _answers(house: House) -> bool:
    try:
        return requests.get(f"{house.url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


def _drain(house: House, senders: Senders) -> None:
    live(house, 0)
    assert senders.finish(START_SECONDS), "something is never acknowledged"
    left, since = sum(unfinished(house.database).values()), time.monotonic()
    while left and time.monotonic() - since < DRAIN_SECONDS:
        time.sleep(0.1)
        now = sum(unfinished(house.database).values())
        if now != left:
            left, since = now, time.monotonic()
