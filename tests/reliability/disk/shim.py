"""Builds `disk.c` and runs programs on the disk that it makes of theirs."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

SOURCE = Path(__file__).with_name("disk.c")
NUMBER = struct.Struct("=q")


def unusable() -> str:
    """Why there can be no such disk here; empty: there can."""
    if os.uname().sysname != "Linux":
        return "LD_PRELOAD as it is used here is Linux's"
    return "" if shutil.which("gcc") else "`disk.c` has to be compiled and there is no gcc"


@cache
def library() -> Path:
    """The compiled library."""
    built = Path(mkdtemp(prefix="careengine-disk-")) / "disk.so"
    command = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(built), str(SOURCE), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return built


class Orders:
    """What the disk does, for one program or several: how often it fails, how much more fits on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "orders"
        self.path.write_bytes(NUMBER.pack(0) + NUMBER.pack(-1) + NUMBER.pack(0))
        with self.path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 0)

    def fail(self, share: float) -> None:
        """Let that share of writes and syncs fail."""
        NUMBER.pack_into(self._shared, 0, round(share * 10_000))

    def leave_room(self, room: int | None) -> None:
        """Let files grow by that many bytes altogether, or (None) as much as they like."""
        NUMBER.pack_into(self._shared, 8, -1 if room is None else room)

    @property
    def failed(self) -> int:
        """How many calls failed so far."""
        return int(NUMBER.unpack_from(self._shared, 16)[0])


def environment(files: Path, *, log: Path | None = None, orders: Orders | None = None) -> dict[str, str]:
    """What a program's environment needs for the files whose names begin with `files` to lie on that disk."""
    more = {"LD_PRELOAD": str(library()), "CARE_DISK_FILES": str(files)}
    if log:
        more["CARE_DISK_LOG"] = str(log)
    if orders:
        more["CARE_DISK_ORDERS"] = str(orders.path)
    return more
