"""`careengine serve` as a process of its own, on loopback, with the rules of the full path."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from careengine.host import GROUP
from tests.reliability.speed.world import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = """
[rules]
paths = ["rules"]
starter = false
[service]
auth = "none"
port = 0
workers = {workers}
[plugins]
disabled = {plugins}
"""
_SHIM = Path(__file__).parent / "slow_fsync.c"


@contextmanager
def serving(folder: Path, slow_fsync_ms: float = 0, workers: int = 1) -> Iterator[int]:
    """The port of a service whose database is in that folder; every fsync takes so much longer."""
    (folder / "rules").mkdir()
    for document in rules():
        (folder / "rules" / f"{document['id']}.json").write_text(json.dumps(document))
    plugins = sorted({plugin.name for plugin in entry_points(group=GROUP)})  # none of them is part of what is measured
    (folder / "careengine.toml").write_text(_SETTINGS.format(workers=workers, plugins=plugins))
    command = (sys.executable, "-m", "careengine", "--settings", "careengine.toml", "serve")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(folder, slow_fsync_ms), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield _port(process, folder / "log")
        finally:
            process.terminate()
            assert process.wait(60) == 0, (folder / "log").read_text()[-2000:]


def _environment(folder: Path, slow_fsync_ms: float) -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    env = {**os.environ, "PYTHONPATH": root}
    if slow_fsync_ms:
        shim = folder / "slow_fsync.so"
        subprocess.run(("gcc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(_SHIM), "-ldl"), check=True)
        env |= {"LD_PRELOAD": str(shim), "SLOW_FSYNC_MS": str(slow_fsync_ms)}
    return env


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait until it says its address: by reading, as somebody who watches the log would."""
    with log.open() as said:
        while process.poll() is None:
            line = said.readline()
            if "careengine answers at" in line:
                return int(line.strip().rpartition(":")[2])
    raise SystemExit(f"the service did not start: {log.read_text()[-2000:]}")


def processor_seconds() -> float:
    """What all services that have ended took of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
