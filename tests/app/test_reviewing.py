"""The rules' reviews look once a day by the clock of the service; of several programs one asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.app.reviewing import Reviewer
from careengine.errors import StoreError
from careengine.store import tasks
from tests.decide.worlds import NOW, policy_set
from tests.people.house import LATE
from tests.people.test_watching import World, review

if TYPE_CHECKING:
    import pytest

    from careengine.store import Store

RULES = policy_set([LATE, review(overridden=50)])


def asked(store: Store) -> int:
    with store.read() as reader:
        return len(tasks.page(reader, "acme", kind="rule-review"))


def overridden(world: World) -> None:
    house = world.house(LATE)
    for _ in range(4):
        world.late(house, "decline")


def test_it_looks_once_a_day(file_store: Store) -> None:
    world = World(file_store)
    reviewer = Reviewer(store=file_store, tenant="acme", policies=lambda: RULES, clock=lambda: world.at)
    reviewer.step()
    overridden(world)
    world.at = NOW + timedelta(hours=23)
    reviewer.step()
    assert asked(file_store) == 0
    world.at = NOW + timedelta(hours=24)
    reviewer.step()
    assert asked(file_store) == 1


def test_a_start_within_the_day_looks_at_nothing(file_store: Store) -> None:
    world = World(file_store)

    def start() -> Reviewer:
        return Reviewer(store=file_store, tenant="acme", policies=lambda: RULES, clock=lambda: world.at)

    start().step()
    overridden(world)
    world.at = NOW + timedelta(hours=23)
    again = start()
    again.step()
    assert asked(file_store) == 0
    world.at = NOW + timedelta(hours=24)
    again.step()
    assert asked(file_store) == 1


def test_of_several_programs_one_asks(store: Store) -> None:
    world = World(store)
    overridden(world)
    four = [Reviewer(store=store, tenant="acme", policies=lambda: RULES, clock=lambda: NOW) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda one: one.step(), four))
    assert asked(store) == 1


def test_what_the_database_refuses_is_tried_again(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(file_store)
    overridden(world)
    reviewer = Reviewer(store=file_store, tenant="acme", policies=lambda: RULES, clock=lambda: NOW)
    with monkeypatch.context() as broken:
        broken.setattr("careengine.app.reviewing.open_reviews", _refuse)
        reviewer.step()
    assert asked(file_store) == 0
    reviewer.step()
    assert asked(file_store) == 1


def _refuse(*_: object) -> None:
    raise StoreError("the disk is full")
