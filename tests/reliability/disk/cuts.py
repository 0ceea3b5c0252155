"""Simulated power cuts: what may be left on a disk when the power goes at any moment of a recorded run.

What was synced is there. Of what was written since, each write is there, or not, or torn in the middle, whatever its
neighbours are: disks write in any order. A file that was made and never synced may be missing.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from careengine.errors import StoreError
from careengine.store import Store, events
from tests.reliability.disk import shim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[3]
WRITE, TRUNCATE, SYNC, REMOVE, MARK = 1, 2, 3, 4, 5
ENTRY = struct.Struct("=qqqq")
SECTOR = 512
LEFT_OUT = ("-shm",)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the disk's log."""

    what: int
    file: int
    offset: int
    content: bytes


@dataclass(slots=True)
class OnDisk:
    """One file: the bytes that are surely there (None: it may be missing), and what was done since."""

    sure: bytes | None = None
    since: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """What came of many cuts. `lost` counts the cuts after which an acknowledged event was missing, `broken` those
    after which the database was damaged or could not be opened."""

    trials: int
    acknowledged: int
    lost: int
    broken: int
    checkpoints: int


def record(folder: Path, count: int, *how: str) -> list[Entry]:
    """Run the writer and give what it did to its disk."""
    log, place = folder / "log", folder / "recorded"
    place.mkdir(parents=True)
    more = shim.environment(place / "care.db", log=log)
    command = [sys.executable, "-m", "tests.reliability.disk.writer", str(place), str(count), *how]
    paths = os.pathsep.join(path for path in (str(ROOT), os.environ.get("PYTHONPATH", "")) if path)
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **more, "PYTHONPATH": paths})
    return list(_entries(log.read_bytes()))


def _entries(log: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(log):
        what, file, offset, length = ENTRY.unpack_from(log, at)
        at += ENTRY.size
        yield Entry(what, file, offset, log[at : at + length])
        at += length


def cut(log: Sequence[Entry], folder: Path, trials: int, seed: int = 4) -> Cuts:
    """Cut the power that often, at random moments of the log, and look at what each leaves behind."""
    chance, first = random.Random(seed), _first_mark(log)
    moments = iter(sorted(chance.randrange(first, len(log)) for _ in range(trials)))
    files: dict[int, OnDisk] = {}
    names = {entry.file: entry.content.decode() for entry in log if entry.what == SYNC}
    marks: list[int] = []
    lost = broken = 0
    moment = next(moments, -1)
    for at, entry in enumerate(log):
        while at == moment:
            place = folder / "left"
            _leave(files, names, place, chance)
            fate = _look(place, marks)
            lost, broken, moment = lost + (fate == "lost"), broken + (fate == "broken"), next(moments, -1)
        if entry.what == MARK:
            marks.append(entry.offset)
        else:
            _happen(files, entry)
    emptied = sum(entry.what == TRUNCATE and entry.offset == 0 for entry in log)
    return Cuts(trials=trials, acknowledged=len(marks), lost=lost, broken=broken, checkpoints=emptied)


def _first_mark(log: Sequence[Entry]) -> int:
    return next(at for at, entry in enumerate(log) if entry.what == MARK)


def _happen(files: dict[int, OnDisk], entry: Entry) -> None:
    file = files.setdefault(entry.file, OnDisk())
    if entry.what == REMOVE:
        files[entry.file] = OnDisk()
    elif entry.what == SYNC:
        content = bytearray(file.sure or b"")
        for change in file.since:
            _apply(content, change, change.content)
        files[entry.file] = OnDisk(bytes(content))
    else:
        file.since.append(entry)


def _apply(content: bytearray, change: Entry, written: bytes) -> None:
    if change.what == TRUNCATE:
        del content[change.offset :]
        return
    if len(content) < change.offset:
        content += bytes(change.offset - len(content))
    content[change.offset : change.offset + len(written)] = written


def _leave(files: dict[int, OnDisk], names: dict[int, str], place: Path, chance: random.Random) -> None:
    """Write what the cut leaves into an empty folder."""
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    share = chance.choice((0.0, 0.5, 0.9, 1.0))  # of the unsynced writes that arrived
    for number, file in files.items():
        if file.sure is None and not (file.since and chance.random() < share):
            continue
        content = bytearray(file.sure or b"")
        for change in file.since:
            if chance.random() < share:
                _apply(content, change, _torn(change.content, chance))
        (place / f"care.db{names.get(number, '-unnamed')}").write_bytes(content)


def _torn(written: bytes, chance: random.Random) -> bytes:
    sectors = len(written) // SECTOR
    return written[: SECTOR * chance.randrange(sectors)] if sectors > 1 and chance.random() < 0.1 else written


def _look(place: Path, marks: Sequence[int]) -> str:
    if not (place / "care.db").exists():
        return "lost"
    try:
        with closing(Store.open(f"sqlite:///{place / 'care.db'}")) as store, store.read() as reader:
            if reader.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                return "broken"
            there = all(events.answered(reader, "acme", "demo", f"e-{number}") for number in marks)
    except StoreError:
        return "broken"
    return "" if there else "lost"
