"""Entries about one thing are one thing: its last status, and all that any of them told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from careengine.model.history import Entry, HistoryQuery
from careengine.model.value import Money

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TEN = Money(Decimal("10.00"), "GBP")


def entry(days: int, kind: str, **more: Any) -> Entry:
    return Entry(at=NOW - timedelta(days=days), kind=kind, ref="one", **more)


def ask(entries: list[Entry], function: str = "count", **filters: Any) -> object:
    return HistoryQuery(function=function, kind=entries[0].kind, **filters).answer(entries, {}, NOW)


def test_an_offer_that_was_accepted_keeps_its_family_and_amount() -> None:
    offer = [entry(9, "offers", status="offered", family="goodwill", amount=TEN), entry(8, "offers", status="accepted")]
    assert ask(offer, family="goodwill", within=timedelta(days=60)) == 1
    assert ask(offer, "sum", status="accepted") == TEN
    assert ask(offer, status="offered") == 0


def test_an_incident_that_was_confirmed_keeps_its_category_and_severity() -> None:
    told = [
        entry(9, "incidents", status="reported", category="threat", severity=3),
        entry(8, "incidents", status="confirmed"),
    ]
    assert ask(told, category="threat", severity_at_least=3, status="confirmed") == 1


def test_the_later_word_goes_before_the_earlier_one() -> None:
    told = [entry(9, "incidents", status="reported", severity=4), entry(8, "incidents", status="confirmed", severity=1)]
    assert ask(told, severity_at_least=3) == 0


def test_a_thing_happened_when_it_was_first_told_of() -> None:
    told = [entry(9, "incidents", status="reported"), entry(1, "incidents", status="confirmed")]
    other = Entry(at=NOW - timedelta(days=1), kind="incidents", ref="two")
    assert ask([*told, other], within=timedelta(days=5)) == 1
    assert ask([*told, other], distinct_gap=timedelta(days=5)) == 2
