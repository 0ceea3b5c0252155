"""When things are due, case by case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from careengine.clock import Calendar, Pause, due, elapsed, public_holidays, read_shift
from tests.clock.worlds import LONDON, calendar, week

HOUR = timedelta(hours=1)
NINE_TO_FIVE = calendar("09:00-17:00")
EIGHT_TO_SIX = calendar("08:00-18:00")
CHRISTMAS = calendar(
    "09:00-17:00",
    different={date(2026, 12, 24): [read_shift("09:00-12:00")], date(2026, 12, 25): [], date(2026, 12, 28): []},
)
ALWAYS = calendar("00:00-24:00", days=7)


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """An instant by the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("hours", "start", "within", "expected"),
    [
        (NINE_TO_FIVE, "2026-03-06 16:30", HOUR, "2026-03-09 09:30"),
        (EIGHT_TO_SIX, "2026-03-09 17:00", 4 * HOUR, "2026-03-10 11:00"),
        (EIGHT_TO_SIX, "2026-03-09 17:00", 3 * HOUR, "2026-03-10 10:00"),
        (calendar("08:00-12:00", "13:00-18:00"), "2026-03-09 12:30", HOUR, "2026-03-09 14:00"),
        (calendar("08:00-12:00", "13:30-18:00"), "2026-03-09 12:30", HOUR, "2026-03-09 14:30"),
        (calendar("21:00-02:00", days=7), "2026-03-10 01:30", HOUR, "2026-03-10 21:30"),
        (ALWAYS, "2026-03-09 12:00", 24 * HOUR, "2026-03-10 12:00"),
        (ALWAYS, "2026-03-28 12:00", 24 * HOUR, "2026-03-29 13:00"),
        (ALWAYS, "2026-10-24 12:00", 24 * HOUR, "2026-10-25 11:00"),
        (CHRISTMAS, "2026-12-24 11:00", 2 * HOUR, "2026-12-29 10:00"),
        (NINE_TO_FIVE, "2026-03-06 16:00", HOUR, "2026-03-06 17:00"),
        (NINE_TO_FIVE, "2026-03-07 16:00", 0 * HOUR, "2026-03-07 16:00"),
    ],
)
def test_due(hours: Calendar, start: str, within: timedelta, expected: str) -> None:
    assert due(at(start), within, hours) == at(expected)


@pytest.mark.parametrize("start", ["2026-03-28 12:00", "2026-10-24 12:00"])
def test_time_that_simply_passes_is_the_same_as_always_open(start: str) -> None:
    assert due(at(start), 24 * HOUR) == due(at(start), 24 * HOUR, ALWAYS)


def test_a_week_that_never_opens_is_an_error() -> None:
    with pytest.raises(ValueError, match="never opens"):
        Calendar(LONDON, [[]] * 7)


def test_public_holidays_are_closed_and_a_day_of_ones_own_may_open_one() -> None:
    english = public_holidays("GB", "ENG")
    closed = Calendar(LONDON, week("09:00-17:00"), holidays=english)
    opened = Calendar(LONDON, week("09:00-17:00"), {date(2026, 12, 25): [read_shift("09:00-10:00")]}, english)
    evening = at("2026-12-24 16:30")
    assert due(evening, HOUR, closed) == at("2026-12-29 09:30")  # the 26th is a Saturday, so the 28th is closed
    assert due(evening, HOUR, opened) == at("2026-12-25 09:30")


@pytest.mark.parametrize(
    ("country", "subdivision", "says"),
    [("XX", None, "of `XX` are not known"), ("GB", "QQ", "no subdivision `QQ`; it has `ENG`")],
)
def test_what_is_no_country_is_told(country: str, subdivision: str | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        public_holidays(country, subdivision)


def test_a_clock_stands_still_while_it_is_paused() -> None:
    start, noon = at("2026-03-09 11:00"), at("2026-03-09 12:00")
    stops = [Pause(noon, at("2026-03-10 16:00"))]
    assert due(start, 3 * HOUR, NINE_TO_FIVE, stops) == at("2026-03-11 10:00")
    assert elapsed(start, at("2026-03-11 10:00"), NINE_TO_FIVE, stops) == 3 * HOUR
    assert due(start, 3 * HOUR, NINE_TO_FIVE, [Pause(noon)]) is None
    assert due(start, HOUR, NINE_TO_FIVE, [Pause(noon)]) == noon
    assert due(start, 3 * HOUR, None, [Pause(noon)]) is None


def test_what_would_be_due_after_the_end_of_all_dates_never_is() -> None:
    last = datetime(9999, 12, 30, tzinfo=UTC)
    assert due(last, timedelta(days=5), calendar("09:00-17:00", days=7, zone=ZoneInfo("UTC"))) is None
    assert due(last, timedelta(days=5)) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9-17", "write it as `09:00-17:30`"),
        ("25:00-26:00", "24 hours"),
        ("09:75-10:00", "60 minutes"),
        ("09:00-09:00", "how long"),
        ("24:00-02:00", "24 hours"),
        ("\u0660\u0669:00-17:00", "no shift"),
    ],
)
def test_what_is_no_shift_is_told(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_shift(text)


@pytest.mark.parametrize("text", ["09:00-17:30", "21:00-02:00", "00:00-24:00", "13:00-24:00", "23:59-23:58"])
def test_a_shift_says_what_it_was_read_from(text: str) -> None:
    assert str(read_shift(text)) == text
