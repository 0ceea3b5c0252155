"""What is measured, and one measurement of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.reliability.speed.client import send
from tests.reliability.speed.serving import processor_seconds, serving
from tests.reliability.speed.world import bodies

WARM = 9000  # interactions: a month of the measured world, as far back as most of its rules look


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """So many connections, every fsync so much slower, so many processes that serve.

    The goals are events a second, and milliseconds for 99 of 100.
    """

    name: str
    connections: int
    goal_rate: float | None = None
    goal_p99: float | None = None
    slow_fsync_ms: float = 0
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run: events a second, milliseconds of answers, and what one event took of the processor, in microseconds.

    `busy` is how many programs wanted the processor in the minute before.
    """

    scene: Scene
    rate: float
    p50: float
    p99: float
    processor: float
    busy: float


SCENES = (
    Scene(name="10 connections", connections=10, goal_p99=10),
    Scene(name="100 connections", connections=100, goal_rate=2000, goal_p99=50),
    Scene(name="100 connections, 3 ms more each fsync", connections=100, goal_rate=1000, goal_p99=75, slow_fsync_ms=3),
    Scene(name="100 connections, two workers", connections=100, workers=2),
)


def measure(scene: Scene, seconds: float, warm: int = WARM) -> Figures:
    """Start a service, fill its history, load it for so long. Exits when anything was answered but 200."""
    busy = os.getloadavg()[0]
    before = processor_seconds()
    with TemporaryDirectory() as folder, serving(Path(folder), scene.slow_fsync_ms, scene.workers) as port:
        sent = bodies()
        filled = send(port, 64, sent, most=warm)
        load = send(port, scene.connections, sent, seconds=seconds)
    if refused := filled.refused + load.refused:
        raise SystemExit(f"{len(refused)} were not answered 200, such as {refused[0]!r}")
    return Figures(
        scene=scene,
        rate=load.rate,
        p50=load.milliseconds(50),
        p99=load.milliseconds(99),
        processor=(processor_seconds() - before) / (len(load.taken) + len(filled.taken)) * 1e6,
        busy=busy,
    )
