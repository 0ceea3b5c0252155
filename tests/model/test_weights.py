"""Counts of different things, and counts in which what is old counts less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.history import Entry, HistoryQuery

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)

_incidents = st.lists(
    st.tuples(
        st.integers(0, 1000 * 86_400_000_000).map(lambda microseconds: timedelta(microseconds=microseconds)),
        st.sampled_from(["reported", "confirmed", "rejected"]),
        st.sampled_from([None, "T-1", "T-2"]),
    ),
    max_size=6,
)


def _kept(told: list[tuple[timedelta, str, str | None]]) -> list[Entry]:
    return [
        Entry(at=NOW - ago, kind="incidents", ref=f"I-{number}", status=status, case=case)
        for number, (ago, status, case) in enumerate(told)
    ]


def _count(kept: list[Entry], **asked: Any) -> Any:
    return HistoryQuery(function="count", kind="incidents", **asked).answer(kept, {}, NOW)


def test_what_is_a_half_life_old_counts_one_half() -> None:
    kept = _kept([(0 * DAY, "confirmed", None), (90 * DAY, "confirmed", None), (180 * DAY, "confirmed", None)])
    assert _count(kept, half_life=90 * DAY) == 1.75
    assert _count(kept[:1], half_life=90 * DAY) == 1
    assert _count(kept, half_life=90 * DAY, within=180 * DAY) == 1.5
    assert _count([], half_life=DAY) == 0


def test_only_what_stands_confirmed_weighs() -> None:
    told = [
        Entry(at=NOW - 90 * DAY, kind="incidents", ref="I-1", status="reported", case="T-1"),
        Entry(at=NOW, kind="incidents", ref="I-1", status="confirmed"),
        Entry(at=NOW - 90 * DAY, kind="incidents", ref="I-2", status="confirmed", case="T-2"),
        Entry(at=NOW, kind="incidents", ref="I-2", status="rejected"),
        Entry(at=NOW, kind="incidents", ref="I-3", status="reported", case="T-3"),
    ]
    assert _count(told, half_life=90 * DAY, status="confirmed") == 0.5  # it happened when it was first told
    assert _count(told, distinct="case", status="confirmed") == 1


def test_each_conversation_is_counted_once_and_what_names_none_is_left_out() -> None:
    kept = _kept([(DAY, "confirmed", "T-1"), (DAY, "confirmed", "T-1"), (DAY, "confirmed", None)])
    assert _count(kept, distinct="case") == 1
    assert (
        _count([*kept, Entry(at=NOW, kind="incidents", ref="new", status="confirmed", case="T-2")], distinct="case")
        == 2
    )


@given(told=_incidents, days=st.integers(1, 400))
def test_a_weight_is_never_above_the_count_whatever_the_order(
    told: list[tuple[timedelta, str, str | None]], days: int
) -> None:
    kept = _kept(told)
    weight = _count(kept, half_life=days * DAY)
    assert 0 <= weight <= _count(kept)
    assert weight == _count(kept[::-1], half_life=days * DAY)
    assert Decimal(str(weight)) % Decimal("0.001") == 0
    assert _count(kept, distinct="case") <= min(2, _count(kept))


@given(told=_incidents)
def test_a_longer_half_life_weighs_no_less(told: list[tuple[timedelta, str, str | None]]) -> None:
    kept = _kept(told)
    weights = [_count(kept, half_life=days * DAY) for days in (1, 30, 90, 10_000)]
    assert weights == sorted(weights)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"half_life": 90 * DAY, "within": 365 * DAY}, "count(incidents half_life=90 days within=365 days)"),
        ({"distinct": "case"}, "count(incidents distinct=case)"),
    ],
)
def test_a_way_of_counting_is_part_of_the_name(asked: dict[str, Any], key: str) -> None:
    assert HistoryQuery(function="count", kind="incidents", **asked).key == key
