"""What is only rude moves nobody up a ladder that counts what is abusive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.model.restrictions import Counted
from tests.people.conduct import LEAD, House

if TYPE_CHECKING:
    from careengine.store import Store


@pytest.fixture
def house(file_store: Store) -> House:
    return House(file_store)


def test_rude_remarks_do_not_add_up(house: House) -> None:
    for name in ("I-1", "I-2"):
        house.confirmed(name, severity=1)
    house.confirmed("I-3", severity=2)
    assert house.steps() == []
    house.confirmed("I-4", severity=2)
    assert house.steps() == [("I-4", "written_warning", "proposed")]


def test_nor_do_they_hold_a_step_that_lost_its_ground(house: House) -> None:
    house.confirmed("I-1", severity=1)
    for name in ("I-2", "I-3"):
        house.confirmed(name, severity=2)
    house.tell("incident.rejected", "r-2", customer={"id": "C-1"}, incident={"id": "I-2", "reviewer": "lee"})
    assert house.steps() == [("I-3", "written_warning", "ended")]


def test_how_severe_it_was_is_known_from_the_report(house: House) -> None:
    for name in ("I-1", "I-2"):
        house.report(name, severity=3)
        house.decide(house.open("incident")[0], "confirm", LEAD)
    (one,) = house.standing()
    assert [counted.severity for counted in one.counted] == [3, 3]


@pytest.mark.parametrize("told", [["I-1", "2026-03-02T09:30:00Z"], ["I-1", "2026-03-02T09:30:00Z", 4]])
def test_what_was_kept_without_a_severity_is_read(told: list[object]) -> None:
    assert Counted.read(told).to_json() == told
