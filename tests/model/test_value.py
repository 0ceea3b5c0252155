"""Money, durations and instants: what is read, what is refused, what is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.value import (
    Moment,
    Money,
    parse_day_or_instant,
    parse_duration,
    parse_instant,
    say_duration,
    say_instant,
)

if TYPE_CHECKING:
    from decimal import Decimal


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["GBP", "JPY"]))
def test_money_says_what_it_reads(amount: Decimal, currency: str) -> None:
    assert str(Money.parse(f"{amount} {currency}")) == f"{amount} {currency}"


@pytest.mark.parametrize(
    "text", ["25", "25.00", "25.00GBP", "25.00 gbp", "1e3 GBP", "25,00 GBP", "£25", "٢٥ GBP", "25 GBP\n", ""]
)
def test_what_is_not_money_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as `25\.00 GBP`"):
        Money.parse(text)


@pytest.mark.parametrize(
    ("text", "length", "said"),
    [
        ("30m", timedelta(minutes=30), "30 minutes"),
        ("90m", timedelta(minutes=90), "90 minutes"),
        ("1h", timedelta(hours=1), "1 hour"),
        ("48h", timedelta(days=2), "2 days"),
        ("2w", timedelta(weeks=2), "14 days"),
        ("P7D", timedelta(days=7), "7 days"),
        ("P2W", timedelta(weeks=2), "14 days"),
        ("PT4H", timedelta(hours=4), "4 hours"),
        ("P1DT12H30M", timedelta(hours=36, minutes=30), "2190 minutes"),
        ("PT1S", timedelta(seconds=1), "1 second"),
    ],
)
def test_durations(text: str, length: timedelta, said: str) -> None:
    assert parse_duration(text) == length
    assert say_duration(length) == said


@pytest.mark.parametrize("text", ["", "7", "7 d", "-7d", "7y", "P", "PT", "P1M", "P1Y", "d7", "1.5h", "99999999d"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_say_what_they_read(moment: datetime) -> None:
    assert parse_instant(say_instant(moment)) == moment


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-03-02T25:00:00Z", "2026-03-02T10:00:00", "now", ""])
def test_impossible_instants_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"instant|offset"):
        parse_instant(text)


def test_a_date_is_its_midnight_in_utc() -> None:
    assert parse_day_or_instant("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert parse_day_or_instant("2026-01-31T00:00:00+01:00") == datetime(2026, 1, 30, 23, tzinfo=UTC)
    with pytest.raises(ValueError, match="is not a date"):
        parse_day_or_instant("2026-02-31")


def test_moments_are_fixed_or_move_with_the_decision() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert Moment.parse("now").at(noon) == noon
    assert Moment.parse("now-2d").at(noon) == noon - timedelta(days=2)
    assert Moment.parse("now+4h").at(noon) == noon + timedelta(hours=4)
    assert Moment.parse("2026-01-01").at(noon) == datetime(2026, 1, 1, tzinfo=UTC)
    assert [str(Moment.parse(text)) for text in ("now", "now-2d", "now+4h")] == [
        "now",
        "2 days ago",
        "4 hours from now",
    ]
    with pytest.raises(ValueError, match="is not a moment"):
        Moment.parse("nowish")
