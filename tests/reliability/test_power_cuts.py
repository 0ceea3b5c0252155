"""The power goes at any moment, and unsynced writes are dropped, torn or out of order: no acknowledged event is lost.

The short form of `python -m tests.reliability power`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability.disk import shim
from tests.reliability.disk.cuts import cut, record

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(bool(shim.unusable()), reason=shim.unusable())
EVENTS, TRIALS = 120, 40


def test_what_is_acknowledged_survives_any_cut(tmp_path: Path) -> None:
    found = cut(record(tmp_path, EVENTS), tmp_path, TRIALS)
    assert (found.lost, found.broken, found.acknowledged) == (0, 0, EVENTS)
    assert found.checkpoints > 0


def test_the_cuts_find_a_database_that_syncs_less(tmp_path: Path) -> None:
    found = cut(record(tmp_path, EVENTS, "normal"), tmp_path, TRIALS)
    assert found.lost > TRIALS / 2
