"""A yes that comes late acts only on facts that still speak for it, or for somebody who says `even_though`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import ChangedError, UnknownTaskError
from careengine.model.condition import AllOf, HistoryTest
from careengine.model.history import HistoryQuery
from careengine.store import locks, reservations
from careengine.store import people as kept_people
from tests.decide.worlds import NOW, field_test, policy_set
from tests.people.house import LATE, LEAD, ask, people, say, state_of
from tests.pipeline.house import contact
from tests.pipeline.limits import limit

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.people import People
    from careengine.store import Store

HOUR = timedelta(hours=1)
LATER = NOW + HOUR
ONCE = replace(
    LATE,
    unless=HistoryTest(
        pointer="/unless",
        query=HistoryQuery(function="count", kind="offers", family="goodwill", within=timedelta(days=60)),
        operator="at_least",
        operand=1,
    ),
)


@pytest.fixture
def house(file_store: Store) -> People:
    return people(file_store, [ONCE], clock=lambda: LATER)


def tell(house: People, event: str, **more: Any) -> None:
    house.pipeline.handle(contact(event, NOW + HOUR / 2, **more), "acme")


def rules(house: People, *policies: Policy) -> None:
    house.pipeline.policies = lambda: policy_set(list(policies))


def approve(house: People, task: str, **more: Any) -> str:
    return house.decide("acme", task, say("approve", **more), LEAD).state


def why(house: People, task: str) -> tuple[str, ...]:
    with pytest.raises(ChangedError) as refused:
        approve(house, task)
    return refused.value.changed


def test_its_own_question_does_not_stand_in_its_way(house: People) -> None:
    assert approve(house, ask(house).id) == "approved"


def test_an_offer_that_was_given_elsewhere(house: People) -> None:
    task = ask(house)
    offer = {"id": "o-7", "family": "goodwill", "amount": "10.00 GBP"}
    tell(house, "e-2", type="offer.accepted", offer=offer)
    [said] = why(house, task.id)
    assert said.startswith("`late-delivery` does not ask for it any more")
    assert state_of(house, task.document["action"]) == "waiting"


def test_a_case_that_was_resolved(house: People) -> None:
    task = ask(house)
    tell(house, "e-2", type="case.resolved")
    assert why(house, task.id) == ("the case `T-1` was resolved at 2026-03-02T10:00:00Z",)
    tell(house, "e-3", type="case.reopened", occurred_at=(NOW + HOUR * 0.7).isoformat())
    assert approve(house, task.id) == "approved"


def test_another_case_that_was_resolved_is_none_of_its_business(house: People) -> None:
    task = ask(house)
    tell(house, "e-2", type="case.resolved", case={"id": "T-2"})
    assert approve(house, task.id) == "approved"


def test_a_policy_that_is_gone_retired_or_over(house: People) -> None:
    task = ask(house)
    rules(house)
    assert why(house, task.id) == ("the policy `late-delivery` is not there any more",)
    rules(house, replace(ONCE, status="retired"))
    assert why(house, task.id) == ("the policy `late-delivery` is retired",)
    rules(house, replace(ONCE, effective_until=LATER))
    assert why(house, task.id) == ("the time of the policy `late-delivery` is over",)


def test_another_amount_by_the_rules_of_today(house: People) -> None:
    task = ask(house)
    offer = replace(ONCE.outcome.offer, amount=replace(ONCE.outcome.offer.amount, amount=5))  # type: ignore[union-attr, type-var]
    rules(house, replace(ONCE, outcome=replace(ONCE.outcome, offer=offer)))  # type: ignore[arg-type]
    assert why(house, task.id) == ("the amount would be 5 GBP and not 40.00 GBP",)


def test_whoever_knows_may_decide_all_the_same(house: People) -> None:
    task = ask(house)
    tell(house, "e-2", type="case.resolved")
    assert approve(house, task.id, even_though=True) == "approved"
    done, [entry] = house.one("acme", task.id)
    assert done.document["decided"]["even_though"]
    assert entry.deed.after["even_though"] is True  # type: ignore[index]
    assert state_of(house, task.document["action"]) == "due"


def test_a_no_is_never_stale(house: People) -> None:
    task = ask(house)
    rules(house)
    assert house.decide("acme", task.id, say("decline"), LEAD).state == "declined"


def test_a_person_who_was_erased_has_no_tasks(house: People) -> None:
    task = ask(house)
    with house.pipeline.store.write() as transaction:
        kept_people.erase(transaction, "acme", "C-1", LATER)
    with pytest.raises(UnknownTaskError):
        approve(house, task.id)


def test_all_rooms_are_taken_before_anything_is_let_go(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a yes and an event of somebody else might wait for each other."""
    rules = [LATE, limit("z", count=9), limit("a", "budget", per="all", count=9)]
    house = people(file_store, rules)
    asked: list[str] = []
    monkeypatch.setattr(locks, "hold_room", lambda _, tenant, policy, scope: asked.append(policy))  # noqa: ARG005
    monkeypatch.setattr(locks, "hold_rooms", lambda *_: asked.append("all"))
    task = ask(house)
    decided, asked[:] = list(asked), []
    change = reservations.release

    def release(*given: Any) -> None:
        asked.append("let go")
        change(*given)

    monkeypatch.setattr(reservations, "release", release)
    house.decide("acme", task.id, say("approve"), LEAD)
    assert decided == ["z", "a"]
    assert asked[:3] == ["all", "let go", "z"]


@pytest.mark.parametrize("whose", ["C-1", "C-2"])
@pytest.mark.parametrize(
    "said",
    [
        {"vulnerability": ["bereavement"]},
        {"adjustments": ["large print"]},
        {"consent": []},
        {"tz": "Asia/Tokyo"},
        {"locale": "ja-JP"},
    ],
    ids=lambda said: str(next(iter(said))),
)
def test_what_is_known_of_the_customer_by_now(house: People, whose: str, said: dict[str, Any]) -> None:
    [name] = said
    agreed = AllOf(pointer="", items=(ONCE.when, field_test("customer.consent", "contains", "offers")))
    unknown = replace(ONCE, unless=field_test(f"customer.{name}", "present", True))
    rules(house, replace(ONCE, when=agreed) if name == "consent" else unknown)
    task = ask(house, customer={"id": "C-1", **({"consent": ["offers"]} if name == "consent" else {})})
    if whose == "C-2":
        house.pipeline.handle(contact("m-1", type="customer.merged", merged={"id": "C-2"}), "acme")
    tell(house, "e-2", customer={"id": whose, **said}, case=None)
    assert why(house, task.id)[0].startswith(("`late-delivery` does not ask for it", "`late-delivery` withholds"))
    assert approve(house, task.id, even_though=True) == "approved"


def test_what_was_known_when_it_was_asked_is_no_change(house: People) -> None:
    rules(house, replace(ONCE, unless=field_test("customer.tz", "present", True)))
    known = {"id": "C-1", "tz": "Asia/Tokyo"}
    house.pipeline.handle(contact("e-0", customer=known), "acme")
    assert approve(house, ask(house).id) == "approved"


def test_where_a_customer_is_their_own_id_knows_best(house: People) -> None:
    rules(house, replace(ONCE, unless=field_test("customer.tz", "is", "Asia/Tokyo")))
    task = ask(house, customer={"id": "C-1", "tz": "Europe/London"})
    house.pipeline.handle(contact("m-1", type="customer.merged", merged={"id": "C-2"}), "acme")
    tell(house, "e-2", customer={"id": "C-2", "tz": "Asia/Tokyo"}, case=None)
    assert approve(house, task.id) == "approved"
