"""The story of a run: serve, kill, serve, kill, … then drain, and compare the ledgers."""

from __future__ import annotations

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from tests.reliability.kills.balance import Balance, balance, total, unfinished
from tests.reliability.kills.bugs import BUGS
from tests.reliability.kills.crm import LedgerCrm
from tests.reliability.kills.house import House, spawner
from tests.reliability.kills.senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.reliability.kills.house import Spawner

SHORTEST, LONGEST = 0.15, 0.5  # seconds that a service lives, from when it answers
DRAIN_SECONDS = 60.0  # without any progress
START_SECONDS = 30.0
AT_ONCE = 4  # services that share the machine


def run(
    spawner: Spawner,
    folder: Path,
    kills: int,
    *bug: str,
    events: int = 1_000_000,
    pace: float = 0.0,
    every: bool = False,
    seed: int = 4,
    store: str = "",
    tell: Callable[[int], object] = lambda _: None,
) -> Balance:
    """Kill the service that often, with a bug in it or without, drain, and give the balance.

    `events` is how many are sent at most, by four senders who each wait `pace` seconds between two; with `every` one
    all of them are. `store` is the URL of a server's database, in place of a file.
    """
    chance, started = random.Random(seed), time.monotonic()
    with LedgerCrm(seed=seed) as crm:
        house = House.build(folder, crm.url, store)
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
        found = balance(senders.acknowledged.values(), crm.ledger, unfinished(house.store), kills)
    return replace(found, seconds=time.monotonic() - started)


def side_by_side(folder: Path, kills: int, stores: Sequence[str] = ("",) * AT_ONCE, **more: Any) -> Balance:
    """Services with senders and a CRM of their own, one for each store, are killed that often altogether.

    While one starts, others work, so that the machine is never idle.
    """

    def one(number: int) -> Balance:
        with spawner() as services:
            each = kills // len(stores)
            return run(services, folder / f"house-{number}", each, seed=number, store=stores[number], **more)

    with ThreadPoolExecutor(len(stores)) as threads:
        return total(list(threads.map(one, range(len(stores)))))


def with_each_bug(folder: Path, kills: int) -> dict[str, Balance]:
    """What the harness sees of each bug, with so many kills."""

    def one(bug: str) -> Balance:
        with spawner() as services:
            return run(services, folder / bug, kills, bug, events=20 * kills, pace=0.02)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip(BUGS, threads.map(one, BUGS), strict=True))


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
    left, since = sum(unfinished(house.store).values()), time.monotonic()
    while left and time.monotonic() - since < DRAIN_SECONDS:
        time.sleep(0.1)
        now = sum(unfinished(house.store).values())
        if now != left:
            left, since = now, time.monotonic()
