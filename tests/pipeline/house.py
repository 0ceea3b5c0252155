"""A small house to tell the story in: rules, hooks that remember, a clock, and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.condition import AllOf, HistoryTest
from careengine.model.history import HistoryQuery
from careengine.model.policy import (
    Escalation,
    Offer,
    OncePer,
    Policy,
    PolicySet,
    Recovery,
)
from careengine.model.protection import Flag, Protection
from careengine.pipeline import Pipeline, Reader
from careengine.pipeline.privacy import Privacy
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy, policy_set, pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from careengine.decide.guard import Guard
    from careengine.model.decision import Decision
    from careengine.model.interaction import Interaction
    from careengine.model.value import Scalar
    from careengine.store import Store

SCHEMA = resources.schema("interaction")
READER = Reader.of(SCHEMA, CATALOGUE)
WEEK = timedelta(days=7)


def _count(kind: str, at_least: int, within: timedelta | None = WEEK, **more: Any) -> HistoryTest:
    query = HistoryQuery(function="count", kind=kind, within=within, **more)
    return HistoryTest(pointer="/when", query=query, operator="at_least", operand=at_least)


LATE = policy(
    "late-delivery",
    "recovery",
    field_test("failure.type", "is", "late_delivery"),
    Recovery(steps=("apologise", "offer"), offer=Offer(family="goodwill", amount=pounds("10.00"))),
    unless=_count("offers", 1, timedelta(days=60), family="goodwill"),
)
THIRD_CONTACT = policy(
    "third-contact",
    "escalation",
    _count("interactions", 3, direction="inbound", same="issue"),
    Escalation(to="tier-2", level=2),
    once_per=OncePer(same="customer", within=WEEK),
)
THREAT = policy(
    "threat",
    "protection",
    AllOf(
        pointer="/when",
        items=(
            field_test("text", "contains", "i know where you live"),
            field_test("incident.evidence", "present", True),
        ),
    ),
    Protection(support=("may_end_contact",), flag=Flag(review_by="team-lead")),
)
ANGRY = policy(
    "angry",
    "escalation",
    field_test("signals.mood.score", "at_least", 3),
    Escalation(to="team-lead", level=1),
)
RULES = policy_set([LATE, THIRD_CONTACT, THREAT, ANGRY])


@dataclass(slots=True)
class Hooks:
    """The hooks of one plugin, which finds `found` and remembers what it was told."""

    found: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    vetoes: Sequence[Guard] = ()
    told: list[Decision] = field(default_factory=list)

    def signals(self, interaction: Interaction) -> Mapping[str, Mapping[str, Scalar]]:  # noqa: ARG002
        return self.found

    def guards(self) -> Sequence[Guard]:
        return self.vetoes

    def decision_recorded(self, decision: Decision) -> None:
        self.told.append(decision)


def pipeline(
    store: Store,
    rules: PolicySet | Sequence[Policy] = RULES,
    *,
    hooks: Hooks | None = None,
    keep_text: str = "evidence",
    redact: Callable[[str, str], str | None] = lambda _, text: text,
    deliverable: Collection[str] = ("note", "escalate"),
    clock: Callable[[], datetime] = lambda: NOW,
) -> Pipeline:
    rule_set = rules if isinstance(rules, PolicySet) else policy_set(rules)
    return Pipeline(
        store=store,
        reader=READER,
        privacy=Privacy.of(CATALOGUE, keep_text, redact),
        policies=lambda: rule_set,
        hooks=hooks or Hooks(),
        clock=clock,
        deliverable={"demo": deliverable},
    )


def contact(event_id: str = "e-1", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """An inbound contact; None leaves something out."""
    document: dict[str, Any] = {
        "id": event_id,
        "source": "demo",
        "type": "interaction.received",
        "occurred_at": at.isoformat(),
        "direction": "inbound",
        "customer": {"id": "C-1"},
        "case": {"id": "T-1"},
        "issue": {"id": "order-7"},
    }
    return document | more


def late(event_id: str = "e-1", **more: Any) -> dict[str, Any]:
    """A contact about a late delivery."""
    return contact(event_id, failure={"type": "late_delivery"}, **more)
