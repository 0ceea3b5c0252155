"""The demo day is the same every time, realistic in size and valid to the last interaction."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from careengine_demo.day import CUSTOMERS, Day, make_day
from careengine_demo.records import Records
from careengine_demo.stories import STORIES
from jsonschema import Draft202012Validator

from careengine.resources import schema

SEEDS = (7, 0, 1, 20260303)


@cache
def day_of(seed: int) -> Day:
    return make_day(seed)


def test_the_same_seed_gives_the_same_day_and_another_gives_another() -> None:
    assert make_day(7) == day_of(7)
    assert day_of(0).interactions != day_of(7).interactions


@pytest.mark.parametrize("seed", SEEDS)
def test_every_interaction_fits_the_schema(seed: int) -> None:
    validator = Draft202012Validator(schema("interaction"), format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = [
        f"{one['id']}{fault.json_path}: {fault.message}"
        for one in day_of(seed).interactions
        for fault in validator.iter_errors(one)
    ]
    assert faults == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_day_is_as_large_as_it_says(seed: int) -> None:
    day = day_of(seed)
    assert len({one["id"] for one in day.customers}) == CUSTOMERS == 60
    assert sum(times for _, times in STORIES) == CUSTOMERS
    today = {one["id"] for one in day.interactions if one["occurred_at"].startswith("2026-03-03")}
    assert day.today == len(today) >= 300
    assert len({one["customer"]["id"] for one in day.interactions if "customer" in one and one["id"] in today}) == 60


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_happens_after_the_day_and_it_is_told_in_order(seed: int) -> None:
    sent = day_of(seed).interactions
    first = {one["id"]: one for one in reversed(sent)}  # reversed, so that the first time each was sent stays
    times = [one["occurred_at"] for one in sorted(first.values(), key=lambda one: str(one["id"]))]
    assert times == sorted(times)
    assert all(one["occurred_at"] < "2026-03-04" for one in sent)


@pytest.mark.parametrize("seed", SEEDS)
def test_some_are_sent_twice_word_for_word(seed: int) -> None:
    day = day_of(seed)
    times = Counter(one["id"] for one in day.interactions)
    assert day.repeated == sum(count == 2 for count in times.values()) == 6
    assert max(times.values()) == 2
    for twice in (name for name, count in times.items() if count == 2):
        first, second = (one for one in day.interactions if one["id"] == twice)
        assert first == second


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_day_is_there(seed: int) -> None:
    day = day_of(seed)
    kinds = {one["type"] for one in day.interactions}
    assert kinds >= {
        "interaction.received",
        "case.transferred",
        "case.reopened",
        "survey.answered",
        "incident.reported",
        "incident.confirmed",
        "incident.rejected",
        "promise.made",
        "promise.kept",
        "bot.turn",
        "failure.recorded",
        "failure.fixed",
        "compliment.received",
    }
    # Silence: customers with a failure who never got in touch.
    spoke = {
        one["customer"]["id"] for one in day.interactions if one.get("direction") == "inbound" and "customer" in one
    }
    failed = {one["customer"]["id"] for one in day.interactions if one["type"] == "failure.recorded"}
    assert failed - spoke
    assert any("customer" not in one for one in day.interactions)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_crm_knows_every_case_of_the_day(seed: int) -> None:
    day, records = day_of(seed), Records()
    for customer in day.customers:
        records.add_customer(customer["id"], {"name": customer["name"]})
    for ticket in day.tickets:
        records.add_ticket({"customer": ticket["customer"]}, "shop", ticket["number"])
    named = {one["case"]["id"] for one in day.interactions if "case" in one}
    assert named == set(records.tickets)
    assert all(one["customer"]["id"] in records.customers for one in day.interactions if "customer" in one)
