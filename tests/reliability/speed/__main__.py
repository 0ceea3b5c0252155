"""Measures the full path over HTTP on loopback and writes the table into RESULTS.md.

python -m tests.reliability.speed [--seconds 15] [--repeats 5]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.reliability.speed.measure import SCENES, measure
from tests.reliability.speed.report import write

RESULTS = Path(__file__).parents[1] / "RESULTS.md"


def main() -> None:
    """Every scene, so many times, in turns."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.speed")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    runs = [[measure(scene, asked.seconds) for scene in SCENES] for _ in range(asked.repeats)]
    write(RESULTS, list(zip(*runs, strict=True)), asked.seconds)


if __name__ == "__main__":
    main()
