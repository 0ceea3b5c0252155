"""A restriction that was proposed long ago is not imposed without a second look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.errors import ChangedError
from tests.decide.worlds import policy_set
from tests.people.conduct import DAY, MANAGER, TOLD, House

if TYPE_CHECKING:
    from careengine.store import Store


@pytest.fixture
def house(file_store: Store) -> House:
    """A written warning is proposed: two incidents in 90 days."""
    house = House(file_store)
    for name in ("I-1", "I-2"):
        house.confirmed(name)
    return house


def test_what_is_proposed_is_to_be_decided_within_a_week(house: House) -> None:
    (task,) = house.open("restriction")
    assert task.due_at == house.now + 7 * DAY


def test_while_the_incidents_are_fresh_it_is_imposed(house: House) -> None:
    house.wait(89 * DAY)
    assert house.impose(MANAGER).state == "imposed"


def test_when_they_are_too_old_it_is_asked_again(house: House) -> None:
    house.wait(90 * DAY)
    with pytest.raises(ChangedError) as refused:
        house.impose(MANAGER)
    assert refused.value.changed == (
        "by now the incidents that it rests on are too few or too old for a written warning",
    )
    assert house.steps() == [("I-2", "written_warning", "proposed")]
    done = house.decide(house.open("restriction")[0], "impose", MANAGER, even_though=True, **TOLD)
    assert done.document["decided"]["even_though"] == list(refused.value.changed)


def test_when_the_policy_is_gone_it_is_asked_again(house: House) -> None:
    house.people.pipeline.policies = lambda: policy_set([])
    with pytest.raises(ChangedError, match="not there any more"):
        house.impose(MANAGER)
    assert house.decide(house.open("restriction")[0], "decline", MANAGER).state == "declined"
