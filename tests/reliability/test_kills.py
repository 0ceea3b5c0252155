"""kill -9 over and over under load, with a CRM that fails one time in five: nothing is lost, nothing is done twice.

The short form of `python -m tests.reliability kills`; and the proof that the same harness sees six bugs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability.kills.bugs import BUGS
from tests.reliability.kills.house import spawner
from tests.reliability.kills.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reliability.kills.house import Spawner

KILLS, EVENTS = 12, 120


@pytest.fixture(scope="module")
def services() -> Iterator[Spawner]:
    with spawner() as made:
        yield made


def test_no_acknowledged_event_is_lost_and_no_action_is_done_twice(services: Spawner, tmp_path: Path) -> None:
    found = run(services, tmp_path / "house", KILLS, events=EVENTS, pace=0.05)
    assert (found.lost, found.doubled, found.pending) == (0, 0, 0), found
    assert found.actions >= 4 * found.kills


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_sees_a_bug(bug: str, services: Spawner, tmp_path: Path) -> None:
    found = run(services, tmp_path / "house", 3, bug, events=60, pace=0.02)
    assert found.lost or found.doubled, found
