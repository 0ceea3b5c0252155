"""Due process to its end in the CRM: what a person imposes stands there, with its notice, until its time is over."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from careengine_demo.adapter import CAPABILITIES, DemoAdapter
from careengine_demo.faults import Fault
from careengine_demo.testing import StagedCrm

from careengine.delivery import Delivery
from careengine.delivery.unlifted import left_over
from careengine.settings import DeliverySettings
from careengine.store import Store, outbox
from tests.people.conduct import DAY, DIRECTOR, LEAD, MANAGER, TENANT, TOLD, House

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)


@pytest.fixture
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


def deliver(house: House, crm: StagedCrm, *, wait: timedelta = timedelta()) -> None:
    """Everything that is due goes to the CRM."""
    adapter = DemoAdapter(crm.settings(crm.url), house.now.timestamp)
    house.now += wait
    made = Delivery(
        store=house.store,
        tenant=TENANT,
        adapters={"demo": (adapter, CAPABILITIES)},
        settings=DeliverySettings(reconcile_seconds=0),
        handle=house.people.pipeline.handle,
        clock=lambda: house.now,
    )
    with closing(adapter):
        made.run_once()
    made.stop(1)


def restricted(crm: StagedCrm) -> list[str]:
    """The restrictions that whoever serves the customer sees."""
    found: dict[str, Any] = crm.ask("GET", "customers/C-1").json()
    return [tag.split(":")[1] for tag in found["tags"] if tag.startswith("restricted:")]


def sent(crm: StagedCrm, kind: str) -> list[dict[str, Any]]:
    found: dict[str, Any] = crm.ask("GET", "customers/C-1").json()
    return [item["content"] for item in found["tasks"].values() if item["content"]["kind"] == kind]


def test_from_the_report_to_the_end_with_a_restart_in_between(store_url: str, running: StagedCrm) -> None:
    case = {"id": running.make_case()}
    with closing(Store.open(store_url)) as store:
        house = House(store, does=CAPABILITIES.actions, case=case)
        for name in ("I-1", "I-2", "I-3"):
            house.confirmed(name)
            house.wait(DAY)
        house.decide(next(t for t in house.open("restriction") if t.role == "team-lead"), "decline", MANAGER)
        deliver(house, running)
        assert restricted(running) == []  # the machine only asked
        house.impose(DIRECTOR)
        deliver(house, running)
        assert restricted(running) == ["restricted_channel"]
        assert TOLD["behaviour"] in sent(running, "notice")[-1]["notice"]
        imposed = house.now
    with closing(Store.open(store_url)) as store:  # the program ended and began again
        house = House(store, does=CAPABILITIES.actions, now=imposed)
        house.wait(90 * DAY - MINUTE)
        deliver(house, running)
        assert restricted(running) == ["restricted_channel"]
        house.wait(MINUTE)
        running.helpdesk.faults.order(Fault(status=503))  # it is tried again
        deliver(house, running)
        deliver(house, running, wait=timedelta(hours=1))
        assert restricted(running) == []
        assert [one["why"] for one in sent(running, "lift")] == ["its time is over"]


def test_an_appeal_that_is_granted_takes_it_out_of_the_crm(file_store: Store, running: StagedCrm) -> None:
    house = House(file_store, does=CAPABILITIES.actions, case={"id": running.make_case()})
    house.report("I-1", category="threat", severity=4, credible=True)
    house.decide(house.open("incident")[0], "confirm", LEAD)
    house.impose(DIRECTOR)
    deliver(house, running)
    assert restricted(running) == ["suspension"]
    house.tell("appeal.made", "appeal-1")
    house.decide(house.open("appeal")[0], "overturn", MANAGER)
    deliver(house, running)
    assert restricted(running) == []


def test_a_lift_that_the_crm_refuses_is_told_to_whoever_decided_on_it(file_store: Store, running: StagedCrm) -> None:
    house = House(file_store, does=CAPABILITIES.actions, case={"id": running.make_case()})
    house.report("I-1", category="threat", severity=4, credible=True)
    house.decide(house.open("incident")[0], "confirm", LEAD)
    house.impose(DIRECTOR)
    deliver(house, running)
    house.wait(31 * DAY)
    running.helpdesk.faults.order(Fault(method="PATCH", status=422))
    deliver(house, running)
    assert restricted(running) == ["suspension"]
    (task,) = house.open("review")
    assert (task.role, task.document["restriction"]) == ("director", house.standing()[0].id)
    assert "the CRM could not be told" in task.document["asks"]
    assert house.decide(task, "settle", DIRECTOR).state == "settled"


def test_what_ends_while_it_is_on_its_way_to_the_crm_is_not_parked(file_store: Store) -> None:
    house = House(file_store)
    for name in ("I-1", "I-2"):
        house.confirmed(name)
    house.impose(MANAGER)
    (due,) = house.outbox("restrict")
    with file_store.write() as transaction:
        sending = outbox.claim(transaction, TENANT, "demo", house.now)
        while sending is not None and sending.action.id != due.action.id:
            sending = outbox.claim(transaction, TENANT, "demo", house.now)
    assert sending is not None
    house.wait(181 * DAY)
    with file_store.write() as transaction:
        outbox.park(transaction, TENANT, sending.action.id, "it does not answer", house.now)
        left_over(transaction, sending, house.now)
    with file_store.read() as reader:
        (restrict,) = [one for one in outbox.in_state(reader, TENANT, "dropped") if one.action.type == "restrict"]
    assert restrict.reason == "the restriction is over"
