"""What happens where policies want the same, or nearly the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from careengine.decide import decide
from careengine.model.history import Entry
from careengine.model.policy import AmountBy, Escalation, Offer, OncePer, Recovery
from careengine.model.protection import Alert, Flag, Protection, Restriction
from careengine.model.value import Money
from tests.decide.worlds import NOW, facts, field_test, policy, policy_set, pounds

LATE = field_test("failure.type", "is", "late_delivery")
WORLD: dict[str, Any] = {"failure.type": "late_delivery", "case.id": "T-1"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def made(*outcomes: Any, world: dict[str, Any] = WORLD, **more: Any) -> Any:
    """The decision when a policy for each outcome matches: `p-0`, `p-1` and so on."""
    kinds = {Recovery: "recovery", Escalation: "escalation", Protection: "protection"}
    members = [policy(f"p-{n}", kinds[type(outcome)], LATE, outcome, **more) for n, outcome in enumerate(outcomes)]
    return decide(facts(world), policy_set(members))


def offer(amount: str, currency: str = "GBP") -> Recovery:
    return Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=Money(Decimal(amount), currency)))


def test_amounts_in_several_currencies_are_not_compared() -> None:
    decision = made(offer("10.00"), offer("1000", "JPY"))
    assert [a.params["amount"] for a in decision.actions if a.type == "offer"] == ["10.00 GBP"]
    assert [(w.policy, w.by) for w in decision.withheld] == [("p-1", "p-0")]


def test_amounts_are_compared_to_the_last_digit() -> None:
    decision = made(offer("999999999999.9998"), offer("999999999999.9999"))
    assert [a.policies for a in decision.actions if a.type == "offer"] == [("p-1",)]


def test_of_two_equal_offers_one_is_given() -> None:
    decision = made(offer("10.00"), offer("10.00"))
    assert [a.policies for a in decision.actions if a.type == "offer"] == [("p-0",)]
    assert [(w.policy, w.by) for w in decision.withheld] == [("p-1", "p-0")]


def test_policies_that_want_the_same_owner_both_have_their_way() -> None:
    up = Escalation(to="tier-2", level=2, respond_within=HOUR)
    decision = made(up, up, Escalation(to="tier-2", level=2), Recovery(steps=("fix",), lead="desk"))
    assert [a.policies for a in decision.actions if a.type == "escalate"] == [("p-0", "p-1")]
    assert [(w.policy, w.by) for w in decision.withheld] == [("p-2", "p-0"), ("p-3", "p-0")]
    leads = made(Recovery(steps=("fix",), lead="desk"), Recovery(steps=("fix",), lead="desk"))
    assert [a.policies for a in leads.actions if a.type == "assign"] == [("p-0", "p-1")]
    assert leads.withheld == ()


@pytest.mark.parametrize("order", [(HOUR, DAY, None), (None, DAY, HOUR)])
def test_the_most_urgent_alert_and_flag_stand_for_all(order: Any) -> None:
    decision = made(
        *(Protection(alert=Alert(to="duty", within=w), flag=Flag(review_by="lead", within=w)) for w in order)
    )
    told = {a.type: (a.params["within"], a.policies) for a in decision.actions if a.type in ("alert", "flag")}
    assert told == {"alert": ("1 hour", ("p-0", "p-1", "p-2")), "flag": ("1 hour", ("p-0", "p-1", "p-2"))}
    assert all("within 1 hour" in a.params["text"] for a in decision.actions if a.type in told)


def test_restrictions_that_differ_are_both_put_to_a_person() -> None:
    short, long = (Restriction(step="written_warning", decided_by="director", expires=n * DAY) for n in (30, 90))
    world = WORLD | {"incident.evidence": ("call-5512",)}
    decision = made(*(Protection(support=("debrief",), restrict=one) for one in (short, long, long)), world=world)
    proposed = [a for a in decision.actions if a.type == "restrict"]
    assert [(a.params["expires"], a.policies, a.status) for a in proposed] == [
        ("30 days", ("p-0",), "propose"),
        ("90 days", ("p-1", "p-2"), "propose"),
    ]
    assert len({a.id for a in decision.actions}) == len(decision.actions)


@pytest.mark.parametrize(
    ("found", "amount"),
    [(2, "5.00 GBP"), (2.0, "5.00 GBP"), (True, "7.00 GBP"), ("gold", "9.00 GBP"), (2.5, None), ("2.0", None)],
)
def test_a_value_decides_the_amount_as_it_is_written(found: Any, amount: str | None) -> None:
    by = AmountBy(
        field="signals.demo.tone", amounts={"2": pounds("5.00"), "true": pounds("7.00"), "gold": pounds("9.00")}
    )
    decision = made(
        Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=by)),
        world=WORLD | {"signals.demo.tone": found},
    )
    assert [a.params["amount"] for a in decision.actions if a.type == "offer"] == [amount]


def test_once_per_is_not_outlived_by_a_twin() -> None:
    """Both twins acted the first time, so neither escalates the same case again the next day."""
    up = Escalation(to="tier-2", level=2)
    rest = OncePer(same="case", within=7 * DAY)
    members = policy_set([policy(f"p-{n}", "escalation", LATE, up, once_per=rest) for n in range(2)])
    first = decide(facts(WORLD), members)
    acted = {name for action in first.actions for name in action.policies}
    past = [
        Entry(at=NOW - DAY, kind="decisions", ref=f"d/{name}", policy=name, case="T-1", status="") for name in acted
    ]
    second = decide(facts(WORLD, past), members)
    assert second.actions == ()
    assert [(w.policy, w.by) for w in second.withheld] == [("p-0", "p-0"), ("p-1", "p-1")]
