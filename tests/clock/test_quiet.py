"""Quiet hours by the clock on the wall, in any zone, at any instant, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.clock.quiet import is_quiet, loud_stretches, next_loud
from careengine.clock.shift import Shift, read_shift
from careengine.clock.zones import zones_of
from careengine.model.zone import zone_named

NIGHT = read_shift("20:00-09:00")
ZONES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name)).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001
HOURS = st.builds(lambda start, length: Shift(start, start + length), st.integers(0, 1439), st.integers(1, 1200))


def wall(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M")


@given(at=INSTANTS, zone=ZONES)
def test_the_next_loud_instant_is_by_day_in_the_zone(at: datetime, zone: ZoneInfo) -> None:
    loud = next_loud(at, NIGHT, [zone])
    assert loud is not None
    assert loud >= at
    assert "09:00" <= wall(loud, zone) < "20:00"


@given(at=INSTANTS, hours=HOURS, zone=ZONES, minutes=st.integers(0, 3000))
def test_everything_before_the_next_loud_instant_is_quiet(
    at: datetime, hours: Shift, zone: ZoneInfo, minutes: int
) -> None:
    loud = next_loud(at, hours, [zone])
    assert loud is not None
    assert not is_quiet(loud, hours, zone)
    between = at + timedelta(minutes=minutes)
    if between < loud:
        assert is_quiet(between, hours, zone)


@given(at=INSTANTS, hours=HOURS, zones=st.lists(ZONES, min_size=1, max_size=6))
def test_it_is_loud_in_all_of_several_zones(at: datetime, hours: Shift, zones: list[ZoneInfo]) -> None:
    loud = next_loud(at, hours, zones)
    if loud is not None:
        assert [zone for zone in zones if is_quiet(loud, hours, zone)] == []


@given(at=INSTANTS, hours=HOURS, zones=st.lists(ZONES, min_size=1, max_size=3), part=st.floats(0, 0.999))
def test_in_a_loud_stretch_it_is_quiet_nowhere(at: datetime, hours: Shift, zones: list[ZoneInfo], part: float) -> None:
    stretches = loud_stretches(at, hours, zones, 3)
    assert [stretches[0][0]] == [next_loud(at, hours, zones)] if stretches else True
    for start, end in stretches:
        inside = start + (end - start) * part
        assert start >= at
        assert start < end
        assert [zone for zone in zones if is_quiet(inside, hours, zone)] == []


@pytest.mark.parametrize(
    ("at", "zone", "loud"),
    [
        ("2026-03-28T23:00:00+00:00", "Europe/London", "2026-03-29T08:00:00+00:00"),  # the clocks go forward
        ("2026-10-24T22:00:00+00:00", "Europe/London", "2026-10-25T09:00:00+00:00"),  # and back
        ("2026-03-02T19:59:59+00:00", "Europe/London", "2026-03-02T19:59:59+00:00"),
        ("2026-03-02T20:00:00+00:00", "Europe/London", "2026-03-03T09:00:00+00:00"),
        ("2026-03-02T03:30:30+00:00", "Asia/Kathmandu", "2026-03-02T03:30:30+00:00"),  # 09:15 there
        ("2026-03-02T03:14:59+00:00", "Asia/Kathmandu", "2026-03-02T03:15:00+00:00"),
    ],
)
def test_the_end_of_a_night(at: str, zone: str, loud: str) -> None:
    assert next_loud(datetime.fromisoformat(at), NIGHT, [ZoneInfo(zone)]) == datetime.fromisoformat(loud)


def test_an_end_in_the_hour_that_the_clocks_skip() -> None:
    at, zone = datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ZoneInfo("Europe/London")
    loud = next_loud(at, read_shift("22:00-01:30"), [zone])
    assert loud == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert wall(loud, zone) == "02:00"


def test_without_a_zone_no_instant_is_loud() -> None:
    assert next_loud(datetime(2026, 3, 2, 12, tzinfo=UTC), NIGHT, []) is None
    assert next_loud(datetime(2026, 3, 2, 12, tzinfo=UTC), read_shift("00:00-24:00"), [ZoneInfo("UTC")]) is None


@pytest.mark.parametrize(
    ("tz", "country", "region", "locale", "among", "not_among"),
    [
        ("Europe/Paris", "US", None, "en-GB", {"Europe/Paris"}, {"America/New_York", "Europe/London"}),
        ("Mars/Olympus", "gb", None, None, {"Europe/London"}, {"Europe/Paris"}),
        ("localtime", "GB", None, None, {"Europe/London"}, {"Europe/Paris"}),
        ("../../etc/passwd", "DE", None, None, {"Europe/Berlin"}, {"Europe/London"}),
        (None, "US", None, "en-GB", {"America/New_York", "Pacific/Honolulu"}, {"Europe/London"}),
        (None, None, "US-CA", None, {"America/Los_Angeles", "America/New_York"}, {"Europe/London"}),
        (None, None, None, "zh-Hant_TW", {"Asia/Taipei"}, {"Asia/Shanghai"}),
        (None, None, "FR-IDF", "de-AT", {"Europe/Paris", "Europe/Vienna"}, {"Europe/Berlin"}),
        (None, None, "north-west", "en", set(), {"Europe/London"}),
    ],
)
def test_where_somebody_may_be(
    tz: str | None, country: str | None, region: str | None, locale: str | None, among: set[str], not_among: set[str]
) -> None:
    found = {zone.key for zone in zones_of(tz, country, region, locale)}
    assert among <= found
    assert not not_among & found
    assert bool(found) is bool(among)


@given(st.text(max_size=40), st.text(max_size=5), st.text(max_size=9), st.text(max_size=20))
def test_whatever_is_said_of_where_somebody_is_never_fails(tz: str, country: str, region: str, locale: str) -> None:
    assert all(zone_named(zone.key) for zone in zones_of(tz, country, region, locale))
