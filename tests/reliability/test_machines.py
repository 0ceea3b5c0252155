"""The short form of `python -m tests.reliability machines`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reliability.machines import run

if TYPE_CHECKING:
    from tests.postgres import Cluster

EVENTS = 120
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see the workers")


def test_two_machines_of_two_versions_the_death_of_one_and_then_of_the_server(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as url:
        found = run(tmp_path, url, 1, events=EVENTS, pace=0.1, crash=cluster.crash, grace=1)
    assert found.balance.even, found
    assert (found.balance.events, found.balance.actions) == (EVENTS, 4 * EVENTS)
    assert found.left_behind
    assert found.codes == [0, 0]
