"""What can be measured: each part gives its figures, as name, goal, what was found, and whether that meets it."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from rich.console import Console

from careengine.host import Host
from careengine.store import locks
from tests import postgres
from tests.pipeline.house import THIRD_CONTACT, pipeline
from tests.pipeline.limits import GOODWILL, limit
from tests.pipeline.test_limits import AT_ONCE as CROWD
from tests.pipeline.test_limits import race as last_slot
from tests.pipeline.test_no_deadlock import AT_ONCE as CIRCLE
from tests.pipeline.test_no_deadlock import deadlocks as ended
from tests.pipeline.test_race import AT_ONCE
from tests.pipeline.test_race import race as fired_for
from tests.reliability.contract import calls, described, hold
from tests.reliability.disk.cuts import cut, record
from tests.reliability.disk.trouble import trouble
from tests.reliability.history_at_scale import ask, empty, fill
from tests.reliability.hostile.bodies import requests
from tests.reliability.hostile.patterns import refused, times
from tests.reliability.hostile.rule_files import files, read
from tests.reliability.hostile.wire import RESET, Wire
from tests.reliability.kills.bugs import BUGS
from tests.reliability.kills.run import VICTIMS, side_by_side, with_each_bug
from tests.reliability.machines import run as two_machines
from tests.reliability.mutation import ROOMS
from tests.reliability.soak import soak as load
from tests.service.conftest import run as serving
from tests.service.conftest import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from careengine.store import Store
    from tests.reliability.kills.balance import Balance

ROOT = Path(__file__).parents[2]
TELL = Console(stderr=True)


def _every(step: int) -> Callable[[int], None]:
    return lambda done: TELL.print(f"{done:,}") if done % step == 0 else None


def kills(folder: Path, size: int, each: int = 26) -> Iterator[tuple[str, str, str, bool]]:
    """`size` kills, and `each` events a kill, spread over the time that the kills take."""
    found = side_by_side(folder, size, events=each * size // VICTIMS, pace=1 / each, every=True, tell=_every(50))
    yield f"SIGKILL every 0.15 to 0.5 s, 20% CRM faults, {each} events a kill", *_of(found, each)


def kills_on_server(folder: Path, size: int, each: int = 4) -> Iterator[tuple[str, str, str, bool]]:
    """The same with two services, each on a database of one PostgreSQL server."""
    with postgres.cluster() as cluster, cluster.database() as one, cluster.database() as two:
        found = side_by_side(folder, size, (one, two), events=each * size // 2, pace=1 / each, every=True)
    yield f"SIGKILL likewise on PostgreSQL, {each} events a kill", *_of(found, each)


def _of(found: Balance, each: int) -> tuple[str, str, bool]:
    told = f"{found.lost} lost, {found.doubled} doubled, {found.pending} pending; {found.actions:,} actions of "
    told += f"{found.events:,} events, {found.kills:,} kills, {found.seconds:,.0f} s"
    goal = f"0 lost, 0 doubled, 0 pending; 1,000 kills, {4_000 * each:,} actions"
    return goal, told, found.even


def bugs(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """The bugs, with `size` kills each."""
    found = with_each_bug(folder, size)
    seen = [bug for bug, one in found.items() if one.lost or one.doubled]
    told = ", ".join(f"{bug.replace('_', ' ')} ({one.lost} lost, {one.doubled} doubled)" for bug, one in found.items())
    yield (
        "seeded bugs that the same harness sees",
        f"{len(BUGS)} of {len(BUGS)}",
        f"{len(seen)} of {len(BUGS)}: {told}",
        len(seen) == len(BUGS),
    )


def power(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` power cuts, and as many of the control."""
    for name, how in (
        ("simulated power cuts, `synchronous=FULL`", ()),
        ("the control, `synchronous=NORMAL`", ("normal",)),
    ):
        found = cut(record(folder / "-".join(("run", *how)), 400, *how), folder, size)
        told = f"{found.lost} of {found.trials:,} cuts lost an acknowledged event, {found.broken} damaged the database"
        goal = "the control fails" if how else "0 lost in 1,000"
        yield name, goal, told, bool(how) == bool(found.lost) and not found.broken


def disk(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` events before and in each trouble."""
    for name, begin in (
        ("full disk", lambda orders: orders.leave_room(200_000)),
        ("I/O errors at 5% of writes", lambda orders: orders.fail(0.05)),
    ):
        place = folder / name.partition("/")[0]
        place.mkdir()
        found = trouble(place, size, begin)
        told = (
            f"{len(found.missing)} of {len(found.acknowledged):,} acknowledged missing; {found.refused.get(503, 0):,} "
        )
        why = "" if all("disk" in words for words in found.told) else "not "
        told += f"refused with 503, {len(found.unclear)} of them unclearly, {why}told why; "
        told += f"recovered by itself in {found.recovered * 1e3:.0f} ms"
        wrong = found.missing or found.unclear or found.damaged or found.left or why
        met = not wrong and found.recovered >= 0 and found.ready
        yield name, "0 acknowledged missing, clear errors, recovery without a hand", told, met


def bodies(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` requests."""
    with serving(settings_in(folder), Host()) as service:
        wire, tell = Wire(service.address), _every(10_000)
        for number, (request, good) in enumerate(islice(requests(size), size)):
            wire.send(request, good=good)
            tell(number + 1)
    resets = wire.statuses[RESET]
    told = f"{len(wire.bad) - resets} of 5xx or silence, {resets} resets, of {size:,}"
    yield "hostile requests over real sockets", "0 answers of 5xx, 0 resets; 100,000", told, not wire.bad


def rules(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` rule files."""
    found = read(files(size), folder, size, _every(50_000))
    kinds = ", ".join(sorted({kind for kind, _ in found.wrong}))
    told = f"{len(found.wrong)} of {found.files:,} were anything but read or refused{kinds and f' ({kinds})'}; "
    told += f"slowest {found.slowest * 1e3:.0f} ms of CPU; peak memory +{found.grown / 1024:.0f} MB; "
    told += f"{found.good:,} still good"
    yield "rule files with mutations", "only rule errors; 10,000,000", told, not found.wrong


def contract(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` examples a kind of call."""
    kinds, answers, wrong = list(calls()), 0, []
    with described(folder) as service:
        for name, endpoint, mode in kinds:
            try:
                answers += hold(service, endpoint, mode, size)
            except Exception as error:  # noqa: BLE001  schemathesis groups what it finds as it likes
                TELL.print(f"{name}: {error}", markup=False)
                wrong.append(name)
    named = f" ({', '.join(wrong)})" if wrong else ""
    told = f"{len(wrong)} of {len(kinds)} kinds of call answered otherwise{named}; "
    told += f"{size:,} examples of each, {answers:,} answers that are as described"
    yield "answers beside the OpenAPI description, by schemathesis", "every answer as described", told, not wrong


def patterns(_folder: Path, _size: int) -> Iterator[tuple[str, str, str, bool]]:
    """Every evil pattern that a rule may have, on every text."""
    found = sorted(times(), key=lambda one: -one[2])
    slow = [f"{name} ({taken * 1e3:.0f} ms)" for name, _, taken in found if taken > 0.02]
    rest = next(taken for *_, taken in found if taken <= 0.02)
    told = f"{len({name for name, *_ in found})} patterns, over it: {', '.join(slow) or 'none'}; "
    told += f"the slowest other {rest * 1e3:.1f} ms; {len(refused())} patterns that no rule may have"
    yield "evil regular expressions on 10 KB", "at most 20 ms", told, not slow


def history(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` rows, in each kind of database."""
    with empty(folder) as stores:
        for name, store in stores.items():
            yield history_figure(name, store, fill(store, size))


def history_figure(name: str, store: Store, customers: int) -> tuple[str, str, str, bool]:
    """What a store that is filled takes to answer."""
    found = ask(store, customers, 20_000)
    goal = "99 of 100 within 1 ms with 10,000,000 rows"
    return f"8 history facts of one customer, {name}", goal, str(found), found.p99 <= 1


def race(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` customers in each kind of database, and on a server without the lock."""
    figure, goal = f"race: {AT_ONCE} contacts of a customer at once on a rule of {AT_ONCE}", "0 missed, 0 double"
    with empty(folder) as stores:
        for name, store in stores.items():
            fired = fired_for(pipeline(store, [THIRD_CONTACT]), size)
            double = sum(customers for times, customers in fired.items() if times > 1)
            told = f"{fired[0]} missed, {double} double, of {size:,} customers"
            yield f"{figure}, {name}", goal, told, fired == {1: size}
    with empty(folder / "control") as stores, patch.object(locks, "hold", lambda *_: None):
        for store in [store for name, store in stores.items() if name == "PostgreSQL"]:
            missed = fired_for(pipeline(store, [THIRD_CONTACT]), size)[0]
            yield f"{figure}, the control: no lock", "the control fails", f"{missed} missed, of {size:,}", missed > 0


def limits(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` rounds in each kind of database, and on a server without the lock."""
    figure = f"limits: {CROWD} events of a household at once, one slot left"
    with empty(folder) as stores:
        for name, store in stores.items():
            given = last_slot(pipeline(store, [GOODWILL, limit(per="household")]), size)
            more = sum(rounds for several, rounds in given.items() if several > 1)
            told = f"{given[1]} of {size} rounds gave it to one and asked about {CROWD - 1}; {more} gave more"
            yield f"{figure}, {name}", "one reserved each time, the rest ask", told, given == {1: size}
    with empty(folder / "control") as stores, patch.object(locks, "_may_wait", lambda _: False):
        for store in [store for name, store in stores.items() if name == "PostgreSQL"]:
            given = last_slot(pipeline(store, [GOODWILL, limit(per="household")]), size)
            more = sum(rounds for several, rounds in given.items() if several > 1)
            yield f"{figure}, the control: no lock", "the control fails", f"{more} of {size} gave more", more > 0


def deadlocks(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` rounds on a server, and some without the gate."""
    figure = "offers made, declined and dropped in bulk at once, over shared limits, PostgreSQL"
    with empty(folder) as stores:
        for store in [store for name, store in stores.items() if name == "PostgreSQL"]:
            found = ended(store, size)
            yield figure, "nobody waits in a circle", f"{found} deadlocks in {size:,} rounds of {CIRCLE}", found == 0
    with empty(folder / "control") as stores, patch.object(locks, "hold_rooms", lambda *_: None):
        for store in [store for name, store in stores.items() if name == "PostgreSQL"]:
            found = ended(store, 5)
            yield f"{figure}, the control: no gate", "the control fails", f"{found} in 5 rounds", found > 0


def machines(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` deaths."""
    with postgres.cluster() as cluster, cluster.database() as url:
        found = two_machines(folder, url, size, events=120, pace=0.1, crash=cluster.crash)
    made = found.balance
    told = f"{made.lost} lost, {made.doubled} doubled, {made.pending} pending; {made.actions:,} actions of "
    told += f"{made.events:,} events, each told to both; {size} deaths, {found.left_behind} actions taken over; "
    told += f"{made.seconds:.0f} s"
    met = made.even and found.left_behind > 0 and not any(found.codes)
    figure = "two machines of two versions on one PostgreSQL server, one killed in turn, then the server"
    yield figure, "0 lost, 0 doubled, 0 pending", told, met


def soak(folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` seconds."""
    found = load(folder / "house", size)
    wal = max(found.wal) / 2**20
    told = f"{size:,} s at {found.full / 2:.0f} events/s: memory {found.growth:+.1%}, log at most {wal:.1f} MB, "
    told += f"{found.events:,} events, {found.refused} refused"
    yield "soak at half load", "memory under +5%, WAL bounded; 1 h", told, found.growth < 0.05 and wal < 64


def mutation(_folder: Path, size: int) -> Iterator[tuple[str, str, str, bool]]:
    """`size` changes a room, 0 for every one; each room in a process of its own."""
    for room in ROOMS:
        command = [sys.executable, "-m", "tests.reliability.mutation", room, str(size)]
        ran = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        *survivors, told = ran.stdout.splitlines()
        TELL.print("\n".join(survivors))
        noticed, made = map(int, told.split())
        told = f"{noticed / made:.1%}: {noticed} of {made} changes noticed"
        yield f"mutation score, {room}", "at least 85%", told, noticed / made >= 0.85


PARTS: dict[str, tuple[Callable[[Path, int], Iterator[tuple[str, str, str, bool]]], int]] = {
    "mutation": (mutation, 0),
    "kills": (kills, 1000),
    "kills-light": (partial(kills, each=4), 1000),
    "kills-on-server": (kills_on_server, 1000),
    "bugs": (bugs, 8),
    "power": (power, 1000),
    "disk": (disk, 500),
    "bodies": (bodies, 100_000),
    "contract": (contract, 2_000),
    "rules": (rules, 1_000_000),
    "patterns": (patterns, 0),
    "history": (history, 10_000_000),
    "race": (race, 300),
    "limits": (limits, 200),
    "deadlocks": (deadlocks, 200),
    "machines": (machines, 20),
    "soak": (soak, 3600),
}
