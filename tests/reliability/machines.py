"""Two machines on one PostgreSQL server, of the old and of the next version. One of them dies, then the server does.

Both are told every event, as by a caller who asks the other one when the first does not answer. Each machine is a
`careengine serve --workers 2` with all its processes; a machine that died is started again once the other one has taken
over what it had claimed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from careengine.store import Store
from careengine.store.tables import actions
from tests.cli.test_rolling_upgrade import next_version
from tests.reliability.kills.balance import Balance, balance, unfinished
from tests.reliability.kills.crm import LedgerCrm
from tests.reliability.kills.house import ACCOUNTS, House
from tests.reliability.kills.run import live
from tests.reliability.kills.senders import Senders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Self

WORKERS, PATIENCE = 2, 60.0  # seconds
LANES = WORKERS * len(ACCOUNTS)  # of one machine: as many actions as it may be sending at a time
PRESENT = """
SELECT classid::bigint << 32 | objid::bigint FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND state = 'idle' AND datname = current_database()
"""
# What a machine had claimed is taken up after a grace; a shorter one, for those who cannot wait.
SHORTER = """\
from datetime import timedelta
from careengine.store.presence import Presence
Presence.__init__.__defaults__ = (timedelta(seconds={seconds}), *Presence.__init__.__defaults__[1:])
"""


@dataclass(slots=True)
class Machine:
    """One machine: its house, and the version that runs there (the folder that Python imports it from)."""

    house: House
    version: Path | None
    store: Store
    process: subprocess.Popen[bytes] | None = None
    marks: set[int] = field(default_factory=set)

    def start(self) -> None:
        """Start the service, and wait until it answers and its workers deliver, under marks of their own."""
        before = set().union(*(_present(self.store) for _ in range(3)))  # one may be busy just now
        env = self.house.environment
        if self.version:
            env["PYTHONPATH"] = f"{self.version}{os.pathsep}{env['PYTHONPATH']}"
        command = [sys.executable, "-m", "careengine", "serve", "--workers", f"{WORKERS}"]
        with (self.house.folder / "stderr").open("ab") as told:
            self.process = subprocess.Popen(command, cwd=self.house.folder, env=env, stderr=told)
        live(self.house, 0)
        for _ in _until_late():
            self.marks = _present(self.store) - before
            if len(self.marks) == WORKERS:
                return

    def die(self) -> None:
        """End all its processes at once, without a word."""
        assert self.process
        for pid in (self.process.pid, *_children(self.process.pid)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Tell it to stop; gives its exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process and self.process.poll() is None:
            self.die()


def _children(process: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The balance, how many actions a machine was sending when it died, and how the machines ended at last."""

    balance: Balance
    left_behind: int
    codes: list[int] = field(default_factory=list)


def run(
    folder: Path,
    url: str,
    kills: int,
    *,
    events: int,
    pace: float,
    crash: Callable[[], object],
    grace: float | None = None,
) -> Found:
    """Let two machines work on the empty database at `url`, kill one in turn so often, drain, and balance.

    For every kill `events` are sent to each machine, by four senders who each wait `pace` seconds between two, and once
    the machine is back `crash` ends the database server and starts it again. `grace` seconds must pass before what the
    dead had claimed is taken up, by default as many as the product waits.
    """
    begun, left, answers = time.monotonic(), 0, Answers()
    with ExitStack() as stack:
        crm = stack.enter_context(LedgerCrm(share=0.3))
        store = stack.enter_context(closing(Store.open(url)))
        newer = next_version(folder / "next")
        machines = [
            stack.enter_context(Machine(_house(folder / f"machine-{number}", crm, url, grace), version, store))
            for number, version in enumerate((None, newer))
        ]
        for machine in machines:
            machine.start()
        for number in range(kills):
            dying = machines[number % 2]
            with answers.asked_for(machines, first=number * events, most=events, pace=pace):
                left += _let_die(dying, store)
                dying.version = newer  # the old one cannot be started any more
                dying.start()
                crash()
        for _ in _until_late():
            if not unfinished(url):
                break
        codes = [machine.stop() for machine in machines]
        found = balance(answers.given.values(), crm.ledger, unfinished(url), kills)
    return Found(balance=replace(found, seconds=time.monotonic() - begun), left_behind=left, codes=codes)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered to each event, by all machines alike."""

    given: dict[int, list[tuple[str, str]]] = field(default_factory=dict)

    @contextmanager
    def asked_for(self, machines: Sequence[Machine], **more: Any) -> Iterator[None]:
        """Tell all machines the same events beside the block, and wait for the answers of all."""
        told = [Senders(machine.house.url, **more) for machine in machines]
        for senders in told:
            senders.start()
        try:
            yield
            for senders in told:
                senders.complete()
        finally:
            for senders in told:
                senders.finish(0)
        first, *others = (senders.acknowledged for senders in told)
        assert all(each == first for each in others), "the machines answered differently"
        self.given.update(first)


def _house(folder: Path, crm: LedgerCrm, url: str, grace: float | None) -> House:
    house = House.build(folder, crm.url, url)
    if grace is not None:
        (folder / "site" / "sitecustomize.py").write_text(SHORTER.format(seconds=grace))
    return house


def _let_die(machine: Machine, store: Store) -> int:
    """Kill it while much is under way, and wait until nothing is marked as its own; gives how much it left behind."""
    for _ in _until_late():
        if len(_claims(store, machine)) >= LANES // 4:
            break
    machine.die()
    for _ in _until_late():
        if not machine.marks & _present(store):
            break
    left = len(_claims(store, machine))
    for _ in _until_late():
        if not _claims(store, machine):
            return left
    raise AssertionError("nobody takes over what a machine left behind")


def _present(store: Store) -> set[int]:
    """The marks of the programs that are there: the locks of sessions that do nothing else."""
    with store.read() as reader:
        return set(reader.scalars(text(PRESENT)))


def _claims(store: Store, machine: Machine) -> list[int]:
    """The mark of each action that the machine is sending."""
    sending = select(actions.c.claimed_by).where(actions.c.state == "sending")
    with store.read() as reader:
        return [mark for mark in reader.scalars(sending) if mark in machine.marks]


def _until_late() -> Iterator[None]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
