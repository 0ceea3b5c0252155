"""What a person's answer does to the room that an offer takes up of limits and budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.store import reservations
from tests.decide.worlds import pounds
from tests.people.house import LATE, LEAD, ask, people, say
from tests.pipeline.limits import DAY, limit

if TYPE_CHECKING:
    from careengine.people import People
    from careengine.store import Store
    from careengine.store.tasks import Task

FULL = limit("full", amount=pounds("35.00"), hold=2 * DAY)
ROOMY = limit("roomy", amount=pounds("250.00"), hold=2 * DAY)


def answer(house: People, task: Task, outcome: str, **more: Any) -> None:
    house.decide("acme", task.id, say(outcome, **more), LEAD)


def rooms(house: People, task: Task) -> dict[str, tuple[str, bool, str]]:
    with house.pipeline.store.read() as reader:
        found = reservations.of_action(reader, "acme", str(task.document["action"]))
    return {one.policy: (one.state, one.override, str(one.amount and one.amount.amount)) for one in found}


def test_what_has_room_is_held_while_a_person_thinks(store: Store) -> None:
    house = people(store, [LATE, ROOMY])
    assert rooms(house, ask(house)) == {"roomy": ("held", False, "40")}


def test_a_yes_reserves_whatever_the_limit_says_and_says_so(store: Store) -> None:
    house = people(store, [LATE, ROOMY, FULL])
    task = ask(house)
    assert rooms(house, task) == {"full": ("waiting", False, "40"), "roomy": ("waiting", False, "40")}
    answer(house, task, "approve")
    assert rooms(house, task) == {"full": ("held", True, "40"), "roomy": ("held", True, "40")}


def test_a_yes_keeps_the_room_until_it_is_delivered_however_long_that_takes(store: Store) -> None:
    house = people(store, [LATE, ROOMY])
    task = ask(house)
    answer(house, task, "approve")
    with store.read() as reader:
        assert [one.until for one in reservations.of_action(reader, "acme", str(task.document["action"]))] == [None]


def test_a_no_gives_the_room_back(store: Store) -> None:
    house = people(store, [LATE, ROOMY])
    task = ask(house)
    answer(house, task, "decline")
    assert rooms(house, task) == {"roomy": ("released", False, "40")}


def test_another_amount_takes_up_another_room(store: Store) -> None:
    house = people(store, [LATE, FULL])
    task = ask(house)
    answer(house, task, "amend", amount="20.00 GBP")
    assert rooms(house, task) == {"full": ("held", True, "20")}


def test_what_nobody_delivers_is_given_with_the_yes(store: Store) -> None:
    house = people(store, [LATE, ROOMY])
    house.pipeline.deliverable = {}
    task = ask(house)
    answer(house, task, "approve")
    assert rooms(house, task)["roomy"][0] == "spent"
