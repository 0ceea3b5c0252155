"""Limits and budgets to tell their stories with: a policy that offers, those that limit it, and events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.condition import AllOf
from careengine.model.limit import Ask, Limit
from careengine.model.policy import Offer, Recovery
from tests.decide.worlds import field_test, policy, pounds
from tests.pipeline.house import contact

if TYPE_CHECKING:
    from careengine.model.policy import Policy

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALWAYS = AllOf(pointer="", items=())
OFFER = "a_1"
GOODWILL = policy(
    "goodwill",
    "recovery",
    field_test("failure.type", "is", "late_delivery"),
    Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("10.00"))),
)


def limit(policy_id: str = "goodwill-once", kind: str = "limit", status: str = "live", **more: Any) -> Policy:
    """One goodwill offer a person in 60 days, unless it says otherwise."""
    base = Limit(block=kind, of="offer", per="person", over=Ask(to="team-lead"), family="goodwill")
    if not {"within", "period"} & set(more):
        more["within"] = 60 * DAY
    if not {"count", "amount"} & set(more):
        more["count"] = 1
    return policy(policy_id, kind, ALWAYS, replace(base, **more), status=status, events=frozenset())


def offering(amount: str, policy_id: str = "goodwill", family: str = "goodwill", currency: str = "GBP") -> Policy:
    """A policy that offers so much whenever a delivery is late."""
    offer = Offer(family=family, amount=replace(pounds(amount), currency=currency))
    return replace(GOODWILL, id=policy_id, document={"id": policy_id}, outcome=Recovery(steps=("offer",), offer=offer))


def failure(event_id: str, customer: str = "C-1", household: str | None = None, **more: Any) -> dict[str, Any]:
    """A late delivery of somebody."""
    who = {"id": customer} | ({"household": household} if household else {})
    return contact(event_id, customer=who, failure={"type": "late_delivery"}, **more)


def told_of(event_id: str, kind: str, offer: str, customer: str = "C-1", **more: Any) -> dict[str, Any]:
    """What the CRM tells of an offer."""
    return contact(event_id, type=kind, customer={"id": customer}, offer={"id": offer}, **more)
