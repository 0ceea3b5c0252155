"""The shelf finds the boxes that meet or hold a given one, and takes memory in proportion to what they name."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from careengine.policy.analysis.box import Box
from careengine.policy.analysis.shelf import Shelf
from careengine.policy.analysis.subject import Subject
from careengine.policy.analysis.values import Choice, Range, Tags
from tests.policy.test_plan_memory import asks, rule

if TYPE_CHECKING:
    from collections.abc import Mapping

LATE, TIER, TAGS = (Subject(name) for name in ("days late", "tier", "tags"))
_END = st.none() | st.integers(0, 6)
_RANGES = st.builds(
    Range,
    low=_END,
    low_open=st.booleans(),
    high=_END,
    high_open=st.booleans(),
    only=st.none() | st.frozensets(st.integers(0, 6), min_size=1, max_size=3),
    never=st.frozensets(st.integers(0, 6), max_size=1),
).map(Range.listed)
_CHOICES = st.builds(
    Choice,
    only=st.none() | st.frozensets(st.sampled_from("abc"), min_size=1),
    never=st.frozensets(st.sampled_from("abc"), max_size=1),
)
_TAGS = st.builds(Tags, has=st.frozensets(st.sampled_from("ab")), lacks=st.frozensets(st.sampled_from("cd")))
_NAMES = st.frozensets(st.sampled_from("xy"), max_size=1)


def _some_sets(late: Any, tier: Any, tags: Any) -> Mapping[Subject, Any]:
    return {subject: values for subject, values in ((LATE, late), (TIER, tier), (TAGS, tags)) if values}


_SETS = st.builds(_some_sets, st.none() | _RANGES, st.none() | _CHOICES, st.none() | _TAGS)
_BOXES = st.builds(Box, sets=_SETS, present=_NAMES, missing=_NAMES).filter(lambda box: not box.empty)


@given(st.lists(_BOXES, min_size=2, max_size=12))
def test_all_that_meet_or_hold_a_box_are_found(boxes: list[Box]) -> None:
    shelf = Shelf()
    for number, box in enumerate(boxes):
        shelf.add(rule(number, asks("channel", "is", "email")), [box])
    for place, box in enumerate(boxes):
        others = [(at, other) for at, other in enumerate(boxes) if at != place]
        assert [at for at, _ in shelf.meeting(place, (1 << len(boxes)) - 1)] == [
            at for at, other in others if not box.meet(other).empty
        ]
        assert list(shelf.containing(place, (1 << len(boxes)) - 1)) == [at for at, o in others if box.within(o)]


def _octets_a_value(size: int, wide: int = 50) -> float:
    boxes = [Box(sets={TIER: Choice(only=frozenset(range(at * wide, at * wide + wide)))}) for at in range(size)]
    policy = rule(0, asks("channel", "is", "email"))
    gc.collect()
    tracemalloc.start()
    try:
        shelf = Shelf()
        for at, box in enumerate(boxes):
            shelf.add(policy, [box], [("says", at)])
        assert not list(shelf.meeting(size - 1, (1 << size) - 1))
        return tracemalloc.get_traced_memory()[1] / (size * wide)
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_square_of_the_values() -> None:
    few, many = _octets_a_value(300), _octets_a_value(2_400)
    assert many < 1.3 * few, f"{few:.0f} bytes a value became {many:.0f}"
