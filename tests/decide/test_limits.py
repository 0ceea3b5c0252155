"""What limits and budgets do to wishes, without any store: how much is used is given."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.decide.limits import keep_limit
from careengine.decide.restrain import Held
from careengine.model.limit import Ask, Notice
from careengine.model.policy import CONTACT_CAP
from careengine.model.usage import Usage, Used
from tests.decide.worlds import facts, field_test, policy_set, pounds
from tests.pipeline.authorities import authority
from tests.pipeline.limits import GOODWILL, limit, offering

if TYPE_CHECKING:
    from careengine.model.decision import Decision
    from careengine.model.policy import Policy
    from careengine.model.state import Question

WORLD: dict[str, Any] = {"failure.type": "late_delivery", "case.id": "T-1"}
YEAR = limit("year", amount=pounds("100.00"), notice=Notice(at=80, to="ops"))


class Given:
    """How much is used, whatever is asked; None: nobody knows."""

    def __init__(self, usage: Usage | None) -> None:
        self.usage, self.used = usage, dict[str, Any]()

    def ask(self, question: Question) -> Any:
        return self.usage.to_json() if self.usage and isinstance(question, Used) else None


def made(*rules: Policy, used: Usage | None = Usage(), **world: Any) -> Decision:  # noqa: B008  it is frozen
    about = facts(WORLD | world)
    return decide(replace(about, state=Given(used)), policy_set(sorted(rules, key=lambda one: one.id)))


def statuses(decision: Decision) -> list[str]:
    return [action.status for action in decision.actions if action.type == "offer"]


def test_what_is_not_known_is_a_question() -> None:
    decision = made(GOODWILL, YEAR, used=None)
    assert statuses(decision) == ["await_approval"]
    assert decision.restraints[0].why == "it is not known how much is used already"
    assert [one.waiting for one in decision.reserved] == [True]


@pytest.mark.parametrize(
    ("used", "status"), [("90.00", "execute"), ("90.01", "await_approval"), ("100.00", "await_approval")]
)
def test_the_last_penny_still_fits(used: str, status: str) -> None:
    assert statuses(made(GOODWILL, YEAR, used=Usage(amount=Decimal(used), noticed=True))) == [status]


def test_figures_are_told_with_the_pennies_they_have() -> None:
    odd = limit("odd", amount=pounds("20"))
    decision = made(GOODWILL, odd, used=Usage(amount=Decimal("12.5000")))
    assert decision.restraints[0].why == "12.5 GBP of 20 GBP are used within 60 days, and 10.00 GBP more are wanted"


@pytest.mark.parametrize(("used", "told"), [("69.99", False), ("70.00", True), ("90.00", True)])
def test_a_notice_comes_with_the_offer_that_reaches_it(used: str, told: bool) -> None:  # noqa: FBT001
    decision = made(GOODWILL, YEAR, used=Usage(amount=Decimal(used)))
    assert any(action.type == "alert" for action in decision.actions) == told
    assert [one.did for one in decision.restraints] == ["noticed"] * told


def test_two_that_ask_are_both_asked() -> None:
    decision = made(GOODWILL, limit("a"), limit("b", over=Ask(to="desk")), used=Usage(count=1))
    (offer,) = [action for action in decision.actions if action.type == "offer"]
    assert offer.params["approvers"] == ["team-lead", "desk"]
    assert [one.policy for one in decision.restraints] == ["a", "b"]
    assert all(one.waiting for one in decision.reserved)


def test_what_another_guardrail_takes_away_takes_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_all(policy: Policy, held: Held) -> None:
        for wish, _ in held.wishes("offer"):
            held.withhold(policy, wish, "not now")

    monkeypatch.setattr(sys.modules[Held.__module__], "KEEPERS", {"limit": keep_limit, CONTACT_CAP: take_all})
    cap = replace(limit("cap"), kind=CONTACT_CAP)
    decision = made(GOODWILL, YEAR, cap)
    assert statuses(decision) == []
    assert decision.reserved == ()


_FAMILIES = st.sampled_from(["goodwill", "gesture", "entitlement"])
_OFFERS = st.lists(st.tuples(st.sampled_from(["5.00", "20.00", "30.00"]), _FAMILIES), max_size=5)
_USED = st.one_of(st.none(), st.builds(Usage, count=st.integers(0, 3), amount=st.decimals(0, 60, places=2)))


@given(several=_OFFERS, used=_USED, kind=st.sampled_from(["limit", "budget"]), count=st.booleans())
def test_never_more_than_there_is_and_never_a_silent_no(
    several: Any, used: Usage | None, kind: str, count: Any
) -> None:
    more: dict[str, Any] = {"count": 2} if count else {"amount": pounds("50.00")}
    rule = limit("rule", kind, family=None, **more)
    asked = [offering(amount, f"p-{n}", family) for n, (amount, family) in enumerate(several)]
    free, kept = made(*asked, used=used), made(*asked, rule, used=used)
    offers = {a.policies: a for a in kept.actions if a.type == "offer"}
    assert offers.keys() == {a.policies for a in free.actions if a.type == "offer"}  # nothing is lost
    given_now = [a for a in offers.values() if a.status == "execute" and a.params["family"] != "entitlement"]
    assert all(a.status == "execute" for a in offers.values() if a.params["family"] == "entitlement")
    if used is None:
        assert given_now == []
    elif count:
        assert not given_now or used.count + len(given_now) <= 2
    else:
        spent = sum((Decimal(str(a.params["amount"]).split()[0]) for a in given_now), used.amount)
        assert not given_now or spent <= 50
    assert {one.action for one in kept.reserved if not one.waiting} == {a.id for a in given_now}


def test_a_guardrail_that_fails_half_way_leaves_nothing_but_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(policy: Policy, held: Held) -> None:
        for stands in list(held.standing):
            held.reserve(policy, stands, "all", period="", amount=None, until=None)
            held.notice(policy, stands[0], "desk", "it is nearly used up")
            held.withhold(policy, stands[0], "not now")
        raise RuntimeError("out of order")

    monkeypatch.setattr(sys.modules[Held.__module__], "KEEPERS", {"limit": half})
    decision = made(GOODWILL, YEAR)
    assert [fault.source for fault in decision.faults] == ["year"]
    assert statuses(decision) == ["await_approval"]
    assert (decision.withheld, decision.reserved) == ((), ())
    assert [(one.did, one.why) for one in decision.restraints] == [("asked", "the guardrail failed")]
    assert not any(action.type == "alert" for action in decision.actions)


def test_an_authority_that_fails_stops_no_event_and_no_offer_slips_past_it() -> None:
    broken = field_test("order.total", "at_least", "no money: an operand that fails when it is compared")
    rule = replace(authority(), when=broken)
    world: dict[str, Any] = {"order.total": pounds("1.00"), "employee.id": "E-7", "employee.role": "agent"}
    decision = made(GOODWILL, rule, **world)
    assert {fault.source for fault in decision.faults} == {"frontline", "authority"}
    assert statuses(decision) == ["await_approval"]
