"""Rules that were replaced do not stay in memory, though the collector does not look at what stays."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING
from weakref import ref

import pytest

from careengine.service.memory import settle, settle_again

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ring:
    """What only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_stays_is_not_looked_at() -> None:
    kept = Ring()
    settle()
    assert gc.get_freeze_count() > 0
    assert not any(one is kept for one in gc.get_objects())


def test_what_nobody_needs_any_more_goes_when_the_rules_are_read_again() -> None:
    ring = Ring()
    gone = ref(ring)
    settle()
    del ring
    gc.collect()
    assert gone() is not None  # out of sight
    settle_again()
    assert gone() is None


def test_a_program_that_never_settled_is_left_alone() -> None:
    gc.unfreeze()
    thresholds = gc.get_threshold()
    settle_again()
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, thresholds)
