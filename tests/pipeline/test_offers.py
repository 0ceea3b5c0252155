"""An offer that stands for a time runs out by itself, once, unless it was settled before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.delivery.timekeeper import Timekeeper
from careengine.model.policy import Offer, Recovery
from careengine.people import Actor, People
from careengine.store import audit, history, outbox, reservations, tasks, timers
from tests.decide.worlds import NOW, pounds
from tests.people.house import say
from tests.pipeline.house import contact, pipeline
from tests.pipeline.limits import failure, limit, offering

if TYPE_CHECKING:
    from careengine.store import Store

WEEK = timedelta(days=7)
LEAD = Actor(name="person:kim", roles=frozenset({"team-lead"}))


@dataclass
class World:
    """A house that makes an offer for a week, of which each person may have one."""

    store: Store
    approver: str | None = None
    family: str = "goodwill"
    at: datetime = NOW

    def __post_init__(self) -> None:
        offer = Offer(family=self.family, amount=pounds("10.00"), expires=WEEK, approver=self.approver)
        made = replace(offering("10.00"), outcome=Recovery(steps=("offer",), offer=offer))
        rules = [made, limit("one", count=1)]
        self.people = People(pipeline=pipeline(self.store, rules, clock=lambda: self.at, deliverable=("offer",)))

    def fail(self, event: str) -> dict[str, Any]:
        actions = self.people.pipeline.handle(failure(event), "acme").decision["actions"]
        found: dict[str, Any] = next(one for one in actions if one["type"] == "offer")
        return found

    def tell(self, event: str, offer: str) -> None:
        self.people.pipeline.handle(contact(f"{event}-1", at=self.at, type=event, offer={"id": offer}), "acme")

    def pass_by(self, time: timedelta) -> int:
        self.at += time
        handle, clock = self.people.pipeline.handle_any, lambda: self.at
        return Timekeeper(store=self.store, tenant="acme", handle=handle, clock=clock).run_once()

    def statuses(self, offer: str) -> list[str]:
        with self.store.read() as reader:
            found = history.entries(reader, "acme", "C-1", self.at, {"offers": None})
        return [entry.status for entry in found if entry.ref == offer]

    def room(self, offer: str) -> list[str]:
        with self.store.read() as reader:
            return [one.state for one in reservations.of_action(reader, "acme", offer)]


def test_it_runs_out_to_the_second_and_its_room_is_free(store: Store) -> None:
    world = World(store)
    offer = world.fail("e-1")["id"]
    assert world.pass_by(WEEK - timedelta(seconds=1)) == 0
    assert world.room(offer) == ["held"]
    assert world.pass_by(timedelta(seconds=1)) == 1
    assert (world.statuses(offer), world.room(offer)) == (["offered", "expired"], ["released"])
    assert world.pass_by(WEEK) == 0


def test_what_is_owed_does_not_lapse_while_nobody_answers(file_store: Store) -> None:
    world = World(file_store, approver="team-lead", family="entitlement")
    world.fail("e-1")
    assert world.pass_by(WEEK) == 0
    assert [task.state for task in world.people.page("acme", kind="approval")] == ["open"]


@pytest.mark.parametrize("event", ["offer.accepted", "offer.declined", "offer.expired", "offer.reversed"])
def test_what_was_settled_does_not_run_out(file_store: Store, event: str) -> None:
    world = World(file_store)
    offer = world.fail("e-1")["id"]
    world.tell(event, offer)
    assert world.pass_by(WEEK) == 0
    assert world.statuses(offer) == ["offered", event.removeprefix("offer.")]


def test_an_approval_that_nobody_answers_is_closed(file_store: Store) -> None:
    world = World(file_store, approver="team-lead")
    offer = world.fail("e-1")["id"]
    [task] = world.people.page("acme", kind="approval")
    world.pass_by(WEEK)
    done, entries = world.people.one("acme", task.id)
    assert (done.state, done.document["decided"]["by"]) == (tasks.EXPIRED, audit.OURSELVES)
    assert [entry.deed.did for entry in entries] == ["expire"]
    assert (world.statuses(offer), world.room(offer)) == (["proposed", "expired"], ["released"])
    with file_store.read() as reader:
        found = outbox.get(reader, "acme", offer)
    assert found is not None
    assert found.state == "dropped"


def test_what_was_approved_runs_out_as_it_was_told(file_store: Store) -> None:
    world = World(file_store, approver="team-lead")
    offer = world.fail("e-1")["id"]
    [task] = world.people.page("acme", kind="approval")
    world.at += timedelta(days=3)
    world.people.decide("acme", task.id, {**say("approve"), "even_though": True}, LEAD)
    assert world.pass_by(timedelta(days=4)) == 1
    assert world.statuses(offer) == ["proposed", "offered", "expired"]
    assert world.people.one("acme", task.id)[0].state == "approved"


def test_what_a_person_declined_does_not_run_out(file_store: Store) -> None:
    world = World(file_store, approver="team-lead")
    world.fail("e-1")
    [task] = world.people.page("acme", kind="approval")
    world.people.decide("acme", task.id, say("decline"), LEAD)
    assert world.pass_by(WEEK) == 0


def test_what_was_dropped_does_not_run_out(file_store: Store) -> None:
    world = World(file_store)
    offer = world.fail("e-1")["id"]
    with file_store.write() as transaction:
        outbox.park(transaction, "acme", offer, "it is refused", NOW)
        outbox.drop_parked(transaction, "acme", offer, "no", NOW)
    with file_store.read() as reader:
        assert timers.next_at(reader, "acme") is None


@pytest.mark.parametrize("more", [{"customer": {"id": "C-9"}}, {"customer": {}}, {"source": "other"}])
def test_what_others_tell_of_it_changes_nothing(file_store: Store, more: dict[str, Any]) -> None:
    world = World(file_store, approver="team-lead")
    offer = world.fail("e-1")["id"]
    told = contact("x-1", type="offer.expired", offer={"id": offer}, **more)
    world.people.pipeline.handle(told, "acme")
    assert world.people.page("acme", kind="approval")
    assert world.pass_by(WEEK) == 1
    assert world.people.page("acme", kind="approval") == []
