"""A small house with people in it: rules that ask them, a clock that stands, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.policy import Offer, Recovery
from careengine.model.protection import Flag, Protection, Restriction
from careengine.people import Actor, People
from careengine.store import outbox, tasks
from tests.decide.worlds import NOW, field_test, policy, pounds
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from careengine.model.policy import Policy, PolicySet
    from careengine.store import Store
    from careengine.store.tasks import Task

LATE = policy(
    "late-delivery",
    "recovery",
    field_test("failure.type", "is", "late_delivery"),
    Recovery(steps=("offer",), offer=Offer(family="goodwill", amount=pounds("40.00"), approver="team-lead")),
)
THREAT = policy(
    "threat",
    "protection",
    field_test("incident.credible", "is", True),
    Protection(
        support=("may_end_contact",),
        flag=Flag(review_by="duty-manager"),
        restrict=Restriction(step="suspension", decided_by="director", expires=NOW - NOW.replace(day=1)),
    ),
    events=("incident.reported",),
)
LEAD = Actor(
    name="person:kim", roles=frozenset({"team-lead", "duty-manager", "director"}), employees=frozenset({"E-1"})
)
OTHER = Actor(name="person:lee", roles=frozenset({"team-lead"}), employees=frozenset({"E-2"}))
AGENT = Actor(name="person:sam", roles=frozenset({"agent"}), employees=frozenset({"E-3"}))


def people(
    store: Store, rules: PolicySet | Sequence[Policy] = (LATE, THREAT), clock: Callable[[], datetime] = lambda: NOW
) -> People:
    return People(pipeline=pipeline(store, rules, clock=clock, deliverable=("offer", "restrict", "note")))


def ask(house: People, event: str = "e-1", **more: Any) -> Task:
    """A late delivery, for which an offer needs a yes; the approval that it opened."""
    house.pipeline.handle(contact(event, failure={"type": "late_delivery"}, **more), "acme")
    return of_kind(house, "approval")[0]


def report(house: People, event: str = "e-2") -> list[Task]:
    """A credible threat against one employee, reported by another; what it asks of people."""
    incident: dict[str, Any] = {"id": "I-1", "credible": True, "category": "threat", "reporter": "sam", "target": "lee"}
    incident["evidence"] = ["call-5512"]
    house.pipeline.handle(contact(event, type="incident.reported", incident=incident), "acme")
    return [*of_kind(house, "incident"), *of_kind(house, "restriction")]


def of_kind(house: People, kind: str, state: str | None = tasks.OPEN) -> Sequence[Task]:
    return house.page("acme", kind=kind, state=state)


def state_of(house: People, action: str) -> str:
    with house.pipeline.store.read() as reader:
        found = outbox.get(reader, "acme", action)
    assert found is not None
    return found.state


def say(outcome: str, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "reason": "it is right", **more}
