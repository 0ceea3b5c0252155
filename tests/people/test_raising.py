"""When nobody answers in time the next role is asked and told; and what is too much for one goes up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.delivery.timekeeper import Timekeeper
from careengine.errors import NotYoursError, PayloadError, SettledError
from careengine.model.authority import Room, Step
from careengine.model.limit import Ask
from careengine.model.policy import AmountBy, Offer, Recovery
from careengine.people import Actor, People
from careengine.store import audit, outbox, reservations, tasks, timers
from tests.decide.worlds import NOW, pounds
from tests.people.house import of_kind, say, state_of
from tests.pipeline.authorities import AGENT, HOUR, LEAD, authority, served
from tests.pipeline.house import pipeline
from tests.pipeline.limits import limit, offering

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.model.policy import Policy
    from careengine.store import Store
    from careengine.store.tasks import Task

KIM = Actor(name="person:kim", roles=frozenset({"team-lead"}), employees=frozenset({"E-1"}))
OPS = Actor(name="person:ola", roles=frozenset({"ops-manager"}), employees=frozenset({"E-2"}))
BOSS = Actor(name="person:bo", roles=frozenset({"director"}), employees=frozenset({"E-3"}))


@dataclass
class House:
    """People, and a clock that the test owns."""

    store: Store
    rules: list[Policy]
    now: datetime = NOW
    people: People = field(init=False)
    keeper: Timekeeper = field(init=False)

    def __post_init__(self) -> None:
        line = pipeline(self.store, self.rules, clock=lambda: self.now, deliverable=("offer", "alert"))
        self.people = People(pipeline=line)
        self.keeper = Timekeeper(store=self.store, tenant="acme", handle=line.handle_any, clock=lambda: self.now)

    def ask(self, event: str = "e-1", **more: Any) -> Task:
        self.people.pipeline.handle(served(event, **more), "acme")
        [task] = of_kind(self.people, "approval")
        return task

    def wait(self, length: timedelta) -> int:
        """Let time pass; gives how many timers fired."""
        self.now += length
        return self.keeper.run_once()

    def again(self, task: Task) -> Task:
        return self.people.one("acme", task.id)[0]

    def decide(self, task: Task, by: Actor, outcome: str = "approve", **more: Any) -> Task:
        return self.people.decide("acme", task.id, say(outcome, **more), by)

    def deeds(self, task: Task) -> list[tuple[str, str]]:
        return [(entry.deed.actor, entry.deed.did) for entry in self.people.one("acme", task.id)[1]]


@pytest.fixture
def house(store: Store) -> House:
    return House(store, [offering("70.00"), authority()])


def test_each_step_is_asked_when_the_one_before_did_not_answer(house: House) -> None:
    task = house.ask()
    assert (task.role, task.due_at, task.document["asked_by"]) == ("team-lead", NOW + HOUR, ["frontline"])
    assert house.wait(HOUR - timedelta(seconds=1)) == 0
    assert house.wait(timedelta(seconds=1)) == 1
    second = house.again(task)
    assert (second.role, second.due_at) == ("ops-manager", NOW + 5 * HOUR)
    assert house.deeds(task) == [(audit.OURSELVES, "ask the next")]
    with pytest.raises(NotYoursError, match="`ops-manager` decides this approval"):
        house.decide(task, KIM)
    house.wait(4 * HOUR)
    third = house.again(task)
    assert (third.role, third.due_at) == ("director", None)
    assert house.wait(999 * HOUR) == 0
    assert house.decide(task, BOSS).state == "approved"
    assert state_of(house.people, task.document["action"]) == "due"


def test_whoever_is_asked_next_is_told(house: House) -> None:
    task = house.ask()
    house.wait(HOUR)
    with house.store.read() as reader:
        [alert] = [one.action for one in outbox.in_state(reader, "acme", "due") if one.action.type == "alert"]
    assert (alert.status, alert.params["to"], alert.params["task"]) == ("execute", "ops-manager", task.id)
    assert alert.params["text"] == "tell ops-manager at once, who looks within 4 hours: nobody answered in time"


def test_an_answer_ends_the_waiting(house: House) -> None:
    task = house.ask()
    assert house.decide(task, KIM, "decline").state == "declined"
    assert house.wait(9 * HOUR) == 0
    with house.store.read() as reader:
        assert timers.next_at(reader, "acme") is None
        assert not outbox.in_state(reader, "acme", "due")


def test_a_timer_that_comes_too_late_does_nothing(house: House) -> None:
    task = house.ask()
    with house.store.write() as transaction:
        timer = timers.due(transaction, "acme", NOW + HOUR)
    assert timer is not None
    house.decide(task, KIM)
    house.now += HOUR
    decision = house.people.pipeline.handle_any(timer.document, "acme").decision
    assert decision["actions"] == []
    assert house.again(task).state == "approved"


def test_a_rule_that_is_gone_raises_nothing(house: House) -> None:
    task = house.ask()
    house.people.pipeline.policies = lambda: pipeline(house.store, [offering("70.00")]).policies()
    house.wait(HOUR)
    assert house.again(task).role == "team-lead"
    assert house.again(task).overdue(house.now + HOUR)


def test_what_a_yes_is_too_small_for_goes_up(store: Store) -> None:
    house = House(store, [offering("70.00"), authority(), authority(LEAD, "leads")])
    task = house.ask()
    raised = house.decide(task, KIM, "amend", amount="260.00 GBP")
    assert (raised.state, raised.role, raised.due_at) == ("open", "ops-manager", NOW + 4 * HOUR)
    assert raised.document["params"]["amount"] == "260.00 GBP"
    assert [(one["by"], one["outcome"], one["role"]) for one in raised.document["said"]] == [
        ("person:kim", "amend", "team-lead")
    ]
    assert house.deeds(task) == [("person:kim", "amend")]
    assert state_of(house.people, task.document["action"]) == "waiting"
    assert house.decide(task, OPS).state == "approved"
    with store.read() as reader:
        kept = reservations.of_action(reader, "acme", task.document["action"])
    assert {str(one.amount.amount.normalize()) for one in kept if one.amount} == {"2.6E+2"}


def test_within_their_own_authority_they_decide(store: Store) -> None:
    house = House(store, [offering("70.00"), authority(), authority(LEAD, "leads")])
    assert house.decide(house.ask(), KIM, "amend", amount="199.99 GBP").state == "amended"


@pytest.mark.parametrize("more", [(), ("field-service",), ("field-service", "auditor")])
def test_another_role_without_an_authority_gives_no_more(store: Store, more: tuple[str, ...]) -> None:
    house = House(store, [offering("70.00"), authority(), authority(LEAD, "leads")])
    kim = replace(KIM, roles=KIM.roles | {*more})
    assert house.decide(house.ask(), kim, "amend", amount="90000.00 GBP").role == "ops-manager"


def test_another_role_with_a_larger_authority_gives_as_much_as_that(store: Store) -> None:
    ops = replace(LEAD, role="ops-manager", may=(Room(amount=pounds("500.00"), per="case"),), above=LEAD.above[1:])
    house = House(store, [offering("70.00"), authority(), authority(LEAD, "leads"), authority(ops, "ops")])
    both = replace(KIM, roles=KIM.roles | OPS.roles)
    assert house.decide(house.ask(), both, "amend", amount="500.00 GBP").state == "amended"
    assert house.decide(house.ask("e-2", case="T-2"), both, "amend", amount="500.01 GBP").role == "director"


def test_the_last_who_is_asked_is_bound_by_their_own_authority(store: Store) -> None:
    short = replace(AGENT, above=AGENT.above[:1])
    house = House(store, [offering("70.00"), authority(short), authority(LEAD, "leads")])
    assert house.decide(house.ask(), KIM, "amend", amount="90000.00 GBP").role == "ops-manager"


def test_another_currency_is_refused_at_its_place(store: Store) -> None:
    house = House(store, [offering("70.00"), authority(), authority(LEAD, "leads")])
    task = house.ask()
    with pytest.raises(PayloadError, match=r"expected an amount in GBP, as it was asked for \(70.00 GBP\)") as refused:
        house.decide(task, KIM, "amend", amount="1.00 EUR")
    assert [problem.pointer for problem in refused.value.problems] == ["/amount"]
    assert house.again(task) == task


def test_an_approver_of_the_rule_itself_is_bound_too(store: Store) -> None:
    house = House(store, [offering("250.00"), limit(count=1), authority(LEAD, "leads")])
    house.people.pipeline.handle(served("e-0", employee=None), "acme")
    task = house.ask("e-1", employee=None)
    assert (task.role, task.document["asked_by"]) == ("team-lead", ["goodwill-once"])
    assert house.decide(task, KIM).role == "ops-manager"


def test_what_a_limit_asks_rises_by_the_authority_of_whom_it_asks(store: Store) -> None:
    over = Ask(to="team-lead", within=2 * HOUR)
    house = House(store, [offering("70.00"), limit(count=1, over=over), authority(LEAD, "leads")])
    house.people.pipeline.handle(served("e-0", employee=None), "acme")
    task = house.ask("e-1", employee=None)
    assert task.due_at == NOW + 2 * HOUR
    assert house.wait(2 * HOUR) == 1
    second = house.again(task)
    assert (second.role, second.due_at) == ("ops-manager", NOW + 3 * HOUR)
    assert second.document["asked_by"] == ["goodwill-once", "leads"]
    assert house.wait(HOUR) == 1
    assert (house.again(task).role, house.again(task).due_at) == ("director", None)


def test_what_each_of_two_was_asked_is_no_news_to_the_other(store: Store) -> None:
    desk = limit(count=1, over=Ask(to="desk"))
    house = House(store, [offering("70.00"), desk, authority()])
    house.people.pipeline.handle(served("e-0", employee=None), "acme")
    house.people.pipeline.handle(served("e-1"), "acme")
    both = of_kind(house.people, "approval")
    assert {task.role for task in both} == {"desk", "team-lead"}
    kim, ola = replace(KIM, roles=KIM.roles | {"desk"}), replace(OPS, roles=KIM.roles | {"desk"})
    assert [house.decide(task, who).state for task, who in zip(both, (kim, ola), strict=True)] == ["approved"] * 2
    assert state_of(house.people, both[0].document["action"]) == "due"


def test_what_was_asked_is_not_asked_again(house: House) -> None:
    task = house.ask()
    with house.store.write() as transaction:
        assert not tasks.put(transaction, "acme", task)
    assert house.decide(task, KIM).state == "approved"
    with pytest.raises(SettledError):
        house.decide(task, KIM)


def test_nobody_approves_their_own(house: House) -> None:
    task = house.ask()
    with pytest.raises(NotYoursError, match="another `team-lead` does"):
        house.decide(task, Actor(name="person:E-7", roles=frozenset({"team-lead"})))


def test_an_open_amount_is_named_by_whoever_says_yes(store: Store) -> None:
    house = House(store, [offering("70.00"), authority()])
    task = house.ask()
    with store.write() as transaction:
        tasks.move(
            transaction,
            "acme",
            task.id,
            role=task.role,
            due_at=task.due_at,
            document={**task.document, "params": {**task.document["params"], "amount": None}},
            now=NOW,
        )
    with pytest.raises(PayloadError, match="the amount is open: `amend` it with one"):
        house.decide(task, KIM, even_though=True)
    assert house.decide(task, KIM, "amend", amount="20.00 GBP", even_though=True).state == "amended"


def test_the_amount_of_an_offer_that_was_open_counts_once_a_person_names_it(store: Store) -> None:
    by_severity = AmountBy(field="failure.severity", amounts={"1": pounds("5.00")})
    goodwill = offering("5.00")
    open_one = replace(goodwill, outcome=Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=by_severity)))
    rules = [open_one, limit("pot", "budget", per="all", amount=pounds("25.00"), over=Ask(to="ops-manager"))]
    house = House(store, rules)
    house.people.pipeline.handle(served("e-1", None), "acme")
    by_owner, by_budget = sorted(of_kind(house.people, "approval"), key=lambda one: one.role == "ops-manager")
    for task, actor in ((by_owner, replace(KIM, roles=frozenset({by_owner.role}))), (by_budget, OPS)):
        house.decide(task, actor, "amend", amount="20.00 GBP", even_though=True)
    severe = {"type": "late_delivery", "severity": 1}
    assert statuses(house, {**served("e-2", None), "failure": severe}) == ["execute"]
    again = house.people.pipeline.handle({**served("e-3", None), "failure": severe}, "acme").decision
    assert again["restraints"][0]["why"].startswith("25.00 GBP of 25.00 GBP are used")


def statuses(house: House, document: dict[str, Any]) -> list[str]:
    made = house.people.pipeline.handle(document, "acme").decision["actions"]
    return [str(action["status"]) for action in made if action["type"] == "offer"]


def test_what_nobody_need_decide_any_more_has_no_timer(store: Store) -> None:
    other = replace(AGENT, above=(Step(ask="ops-manager", within=HOUR), Step(ask="director")))
    house = House(store, [offering("70.00"), authority(), authority(other, "second")])
    house.people.pipeline.handle(served("e-1"), "acme")
    tasks_asked = of_kind(house.people, "approval")
    assert len(tasks_asked) == 2
    with store.read() as reader:
        assert timers.waiting(reader, "acme").count == 2
    house.decide(next(one for one in tasks_asked if one.role == "team-lead"), KIM, "decline")
    with store.read() as reader:
        assert timers.waiting(reader, "acme").count == 0


def test_what_is_too_much_goes_up_by_the_authority_over_its_currency(store: Store) -> None:
    euros = Room(amount=replace(pounds("100.00"), currency="EUR"), per="case")
    abroad = replace(LEAD, may=(euros,), above=(Step(ask="country-manager"),))
    policies = [authority(abroad, "a-lead-in-euros"), authority(LEAD, "lead-in-pounds")]
    offer = Offer(family="goodwill", amount=pounds("300.00"), approver="team-lead")
    asking = replace(offering("300.00"), outcome=Recovery(steps=("offer",), offer=offer))
    house = House(store, [asking, *policies])
    task = house.ask(employee=None)
    assert task.role == "team-lead"
    assert house.decide(task, KIM).role == "ops-manager"
