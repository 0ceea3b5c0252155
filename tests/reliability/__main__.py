"""The long form of the reliability figures: `python -m tests.reliability [PART ...]`, written to RESULTS.md.

`--size` sets how much of each part is done: kills, cuts, events, bodies, files, seconds, or changes.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from tests.reliability.parts import PARTS, TELL
from tests.reliability.report import Figure, write


def main() -> None:
    """Measure the parts that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--size", type=int)
    asked = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.disable()
    for name in asked.parts or PARTS:
        measure(name, asked.size)


def measure(name: str, size: int | None) -> None:
    """Measure one part and write its rows."""
    part, usual = PARTS[name]
    load = os.getloadavg()[0]
    command = f"python -m tests.reliability {name}" + (f" --size {size}" if size is not None else "")
    TELL.print(command)
    with TemporaryDirectory(prefix="careengine-") as folder:
        for figure, goal, found, met in part(Path(folder), usual if size is None else size):
            TELL.print(f"{figure}: {found}")
            write([Figure(name=figure, goal=goal, found=found, met=met, load=load, command=command)])


if __name__ == "__main__":
    main()
