"""Calendar periods by the clock on the wall: where they begin, that they touch, and what they are called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.clock import period_of
from careengine.clock.period import UNITS

START = datetime(1970, 1, 1, tzinfo=UTC)
LONDON, UTC_ZONE = ZoneInfo("Europe/London"), ZoneInfo("UTC")
ZONES = st.sampled_from(
    [LONDON, UTC_ZONE, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia")]
)
INSTANTS = st.integers(-70 * 365 * 1440, 230 * 365 * 1440).map(lambda minutes: START + timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "name", "start", "end"),
    [
        ("day", "2026-03-29", "2026-03-29T00:00", "2026-03-29T23:00"),  # the day on which the clock skips an hour
        ("week", "2026-W13", "2026-03-23T00:00", "2026-03-29T23:00"),
        ("month", "2026-03", "2026-03-01T00:00", "2026-03-31T23:00"),
        ("quarter", "2026-Q1", "2026-01-01T00:00", "2026-03-31T23:00"),
        ("year", "2026", "2026-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_where_a_period_begins_and_ends(unit: str, name: str, start: str, end: str) -> None:
    found = period_of(at("2026-03-29T12:00"), unit, LONDON)
    assert (found.name, found.start, found.end) == (name, at(start), at(end))


@pytest.mark.parametrize(
    ("instant", "unit", "name"),
    [
        ("2026-12-31T23:59", "quarter", "2026-Q4"),
        ("2027-01-01T12:00", "week", "2026-W53"),  # a Friday: the week belongs to the old year
        ("2026-06-30T23:00", "month", "2026-07"),  # midnight in London
        ("0001-01-01T00:00", "week", "0001-W01"),
        ("9999-12-31T12:00", "year", "9999"),
    ],
)
def test_what_a_period_is_called(instant: str, unit: str, name: str) -> None:
    assert period_of(at(instant), unit, LONDON).name == name


@given(INSTANTS, st.sampled_from(UNITS), ZONES)
def test_an_instant_lies_in_its_period_and_periods_touch(instant: datetime, unit: str, zone: ZoneInfo) -> None:
    found = period_of(instant, unit, zone)
    assert found.start <= instant < found.end
    assert period_of(found.start, unit, zone) == found
    assert period_of(found.end - timedelta(microseconds=1), unit, zone) == found
    following = period_of(found.end, unit, zone)
    assert following.start == found.end
    assert following.name > found.name
