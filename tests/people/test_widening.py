"""Whoever says yes is bound by limits and budgets, and by what they may give on their own authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import PayloadError
from careengine.model.authority import Room
from careengine.model.limit import Ask
from careengine.model.policy import Offer, Recovery
from careengine.people import Actor
from careengine.store import outbox, reservations, totals
from tests.decide.worlds import pounds
from tests.people.house import of_kind, state_of
from tests.people.test_raising import KIM, OPS, House
from tests.pipeline.authorities import LEAD, LONDON, authority, served
from tests.pipeline.limits import limit, offering

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.store import Store
    from careengine.store.reservations import Stored
    from careengine.store.tasks import Task

DAY = timedelta(days=1)
LEE = Actor(name="person:lee", roles=frozenset({"team-lead"}), employees=frozenset({"E-9"}))
BUDGET = limit(
    "month", "budget", per="all", period="month", zone=LONDON, amount=pounds("100.00"), over=Ask(to="ops-manager")
)
DESK = Actor(name="person:di", roles=frozenset({"desk"}), employees=frozenset({"E-5"}))
DAILY = replace(LEAD, may=(*LEAD.may, Room(amount=pounds("1000.00"), per="day", zone=LONDON)))


def asking(amount: str = "40.00") -> Policy:
    """An offer on which a team lead is asked."""
    rule = offering(amount)
    offer = Offer(family="goodwill", amount=pounds(amount), approver="team-lead")
    return replace(rule, outcome=Recovery(steps=("offer",), offer=offer))


def room_of(house: House, task: Task) -> dict[str, Stored]:
    with house.store.read() as reader:
        found = reservations.of_action(reader, "acme", task.document["action"])
        assert all(finding.ok for finding in totals.checked(reader))
    return {f"{one.policy} {one.scope}": one for one in found}


def one_of(house: House, number: int, **more: Any) -> Task:
    """The approval of another late delivery, of another customer."""
    who = f"C-{number}"
    house.people.pipeline.handle(served(f"e-{number}", case=f"T-{number}", customer=who, **more), "acme")
    [task] = [one for one in of_kind(house.people, "approval") if one.customer == who]
    return task


def test_an_amount_beyond_a_budget_goes_on_to_whom_the_budget_names(store: Store) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    passed = house.decide(task, KIM, "amend", amount="5000.00 GBP")
    assert (passed.state, passed.role, passed.document["asked_by"]) == ("open", "ops-manager", ["month"])
    assert "0.00 GBP of 100.00 GBP are used" in passed.document["asks"]
    assert passed.document["asks"].endswith("; team-lead wants 5000.00 GBP instead")
    assert state_of(house.people, task.document["action"]) == "waiting"
    assert house.decide(task, OPS).state == "approved"
    [kept] = room_of(house, task).values()
    assert (kept.amount, kept.state, kept.override) == (pounds("5000.00"), "held", True)
    house.people.pipeline.handle(served("e-2", customer="C-2", employee=None), "acme")
    assert sorted(one.role for one in of_kind(house.people, "approval")) == ["ops-manager", "team-lead"]


def test_whom_the_budget_names_gives_more_at_once_and_it_is_an_override(store: Store) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    both = Actor(name="person:kim", roles=frozenset({"team-lead", "ops-manager"}))
    assert house.decide(task, both, "amend", amount="5000.00 GBP").state == "amended"
    assert [one.override for one in room_of(house, task).values()] == [True]


@pytest.mark.parametrize("amount", ["0.0001 GBP", "10.001 GBP", "10.00 XYZ"])
def test_an_amount_that_nobody_can_be_paid_is_refused_before_anything_is_kept(store: Store, amount: str) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    with pytest.raises(PayloadError) as error:
        house.decide(task, KIM, "amend", amount=amount)
    assert [problem.pointer for problem in error.value.problems] == ["/amount"]
    assert house.again(task).state == "open"


def test_an_amount_is_said_and_reserved_without_needless_digits(store: Store) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    assert house.decide(task, KIM, "amend", amount="0010.0000 GBP").document["decided"]["amount"] == "10.00 GBP"
    assert [one.amount for one in room_of(house, task).values()] == [pounds("10.00")]


@pytest.mark.parametrize("amount", ["100.00 GBP", "40.00 GBP", "0.01 GBP"])
def test_an_amount_that_there_is_room_for_is_given_and_held(store: Store, amount: str) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    assert house.decide(task, KIM, "amend", amount=amount).state == "amended"
    [kept] = room_of(house, task).values()
    assert (str(kept.amount and kept.amount.amount.quantize(pounds("0.01").amount)), kept.override) == (
        amount.removesuffix(" GBP"),
        False,
    )


def test_an_offer_of_nothing_is_none(store: Store) -> None:
    house = House(store, [asking(), BUDGET])
    task = house.ask(employee=None)
    with pytest.raises(PayloadError) as refused:
        house.decide(task, KIM, "amend", amount="0.00 GBP")
    assert [problem.pointer for problem in refused.value.problems] == ["/amount"]
    assert house.again(task).state == "open"


def test_what_others_took_meanwhile_counts(store: Store) -> None:
    house = House(store, [asking(), BUDGET])
    first, second = one_of(house, 1, employee=None), one_of(house, 2, employee=None)
    assert house.decide(first, KIM, "amend", amount="60.01 GBP").role == "ops-manager"
    assert house.decide(second, KIM, "amend", amount="60.00 GBP").state == "amended"


def test_who_is_asked_beside_them_sees_the_amount_that_it_is_now(store: Store) -> None:
    desk = limit(count=1, over=Ask(to="desk"))
    house = House(store, [asking(), desk, BUDGET])
    house.people.pipeline.handle(served("e-0", employee=None), "acme")
    house.decide(of_kind(house.people, "approval")[0], KIM)
    house.people.pipeline.handle(served("e-1", employee=None), "acme")
    lead, other = sorted(of_kind(house.people, "approval"), key=lambda task: task.role, reverse=True)
    assert (lead.role, other.role) == ("team-lead", "desk")
    house.decide(lead, KIM, "amend", amount="50.00 GBP")
    assert house.again(other).document["params"]["amount"] == "50.00 GBP"
    assert house.again(other).document["asks"].endswith("; team-lead wants 50.00 GBP instead")
    assert house.decide(other, DESK).state == "approved"
    with store.read() as reader:
        kept = outbox.get(reader, "acme", other.document["action"])
    assert kept is not None
    assert kept.action.params["amount"] == "50.00 GBP"


def test_what_somebody_approves_takes_of_their_own_day(store: Store) -> None:
    house = House(store, [offering("200.00"), authority(), authority(DAILY, "leads")])
    told = [house.decide(one_of(house, number), LEE) for number in range(1, 7)]
    assert [one.state for one in told] == ["approved"] * 5 + ["open"]
    assert told[-1].role == "ops-manager"
    room = room_of(house, told[0])
    assert (room["leads employee:E-9"].amount, room["leads employee:E-9"].override) == (pounds("200.00"), False)
    assert "leads case:T-1" in room
    assert house.decide(one_of(house, 7), KIM).state == "approved"  # another lead has a day of their own
    house.now += DAY
    assert house.decide(one_of(house, 8), LEE).state == "approved"


def test_one_day_is_shared_by_what_they_give_and_what_they_approve(store: Store) -> None:
    house = House(store, [offering("200.00"), authority(), authority(DAILY, "leads")])
    for number in range(1, 6):
        by_lead = {**served(f"o-{number}", case=f"T-{number}"), "employee": {"id": "E-9", "role": "team-lead"}}
        house.people.pipeline.handle(by_lead, "acme")
    assert house.decide(one_of(house, 7), LEE).role == "ops-manager"


def test_a_case_has_one_room_for_whoever_approves(store: Store) -> None:
    house = House(store, [offering("150.00"), authority(), authority(LEAD, "leads")])
    assert house.decide(house.ask("e-1"), KIM).state == "approved"
    assert house.decide(house.ask("e-2"), LEE, even_though=True).role == "ops-manager"


def test_what_comes_to_nothing_gives_its_room_back(store: Store) -> None:
    house = House(store, [offering("200.00"), authority(), authority(DAILY, "leads")])
    task = one_of(house, 1)
    house.decide(task, LEE)
    with store.write() as transaction:
        reservations.release(transaction, "acme", task.document["action"])
    assert {one.state for one in room_of(house, task).values()} == {"released"}
    assert house.decide(house.ask("e-2"), LEE, even_though=True).state == "approved"
