"""kill -9 over and over under load, with a CRM that fails one time in five: nothing is lost, nothing is done twice.

Half of the events come as webhooks, which are acknowledged before they are decided.

The short form of `python -m tests.reliability kills`; and the proof that the same harness sees eight bugs.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.reliability.kills.bugs import BUGS
from tests.reliability.kills.run import side_by_side, with_each_bug

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Cluster
    from tests.reliability.kills.balance import Balance

KILLS, EVENTS = 200, 150
ON_SERVER = 16


@pytest.fixture(scope="module")
def bugs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Balance]:
    return with_each_bug(tmp_path_factory.mktemp("bugs"), 3)


def test_no_acknowledged_event_is_lost_and_no_action_is_done_twice(tmp_path: Path) -> None:
    found = side_by_side(tmp_path, KILLS, events=EVENTS, pace=0.25)
    assert (found.lost, found.doubled, found.pending) == (0, 0, 0), found
    assert found.kills == KILLS
    assert found.actions >= 4 * KILLS


def test_the_same_on_a_server(tmp_path: Path, cluster: Cluster) -> None:
    with ExitStack() as databases:
        stores = [databases.enter_context(cluster.database()) for _ in range(2)]
        found = side_by_side(tmp_path, ON_SERVER, stores, events=EVENTS, pace=0.1)
    assert (found.lost, found.doubled, found.pending) == (0, 0, 0), found
    assert found.kills == ON_SERVER
    assert found.actions >= 4 * ON_SERVER


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_sees_a_bug(bug: str, bugs: dict[str, Balance]) -> None:
    assert bugs[bug].lost or bugs[bug].doubled, bugs[bug]
