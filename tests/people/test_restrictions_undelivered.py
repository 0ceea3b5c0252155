"""What a CRM did not carry out of a restriction: nothing restricts after the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.model.value import say_instant
from careengine.store import outbox
from tests.decide.worlds import NOW
from tests.people.conduct import DAY, MANAGER, TENANT, House

if TYPE_CHECKING:
    from careengine.store import Store


def warned(store: Store, **given: str) -> House:
    """A written warning was imposed, for 180 days."""
    house = House(store)
    for name in ("I-1", "I-2"):
        house.confirmed(name)
    house.impose(MANAGER, given)
    return house


@pytest.mark.parametrize("given", [{}, {"start": say_instant(NOW + 3 * DAY)}], ids=["at once", "later"])
def test_what_is_parked_does_not_restrict_after_the_end(store: Store, given: dict[str, str]) -> None:
    house = warned(store, **given)
    house.wait(4 * DAY)
    (restrict,) = house.outbox("restrict")
    with store.write() as transaction:
        outbox.park(transaction, TENANT, restrict.action.id, "it does not answer", house.now)
    house.wait(200 * DAY)
    with store.write() as transaction:
        assert not outbox.retry_parked(transaction, TENANT, restrict.action.id, "it is back", house.now)
    assert [one.action.type for one in house.outbox("restrict", "lift")] == ["lift"]


def test_what_was_not_sent_by_the_end_is_not_sent_after_it(store: Store) -> None:
    house = warned(store)
    assert len(house.outbox("restrict")) == 1
    house.wait(200 * DAY)
    assert [one.action.type for one in house.outbox("restrict", "lift")] == ["lift"]


def test_another_restriction_is_left_alone(store: Store) -> None:
    house = warned(store)
    house.wait(179 * DAY)
    for name in ("I-3", "I-4"):
        house.confirmed(name)
    house.impose(MANAGER)
    house.wait(2 * DAY)
    assert [one.action.type for one in house.outbox("restrict", "lift")] == ["restrict", "lift"]
