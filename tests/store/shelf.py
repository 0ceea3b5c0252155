"""Things to put into a store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from careengine.model.decision import Action, Decision, Match
from careengine.model.value import say_instant
from careengine.store import decisions, events, outbox, rulesets

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RULESET = "f" * 64


def event(event_id: str = "e-1", tenant: str = "acme", **more: Any) -> events.NewEvent:
    fields: dict[str, Any] = {
        "tenant": tenant,
        "source": "demo",
        "id": event_id,
        "type": "interaction.received",
        "customer": "C-1",
        "occurred_at": NOW,
        "recorded_at": NOW,
        "digest": "0" * 64,
        "document": {"id": event_id},
    }
    return events.NewEvent(**fields | more)


def action(action_id: str = "a-1", **more: Any) -> Action:
    fields: dict[str, Any] = {
        "id": action_id,
        "type": "note",
        "status": "execute",
        "target": "case:T-1",
        "params": {"text": "hello", "case": "T-1"},
        "policies": ("p-1", "p-2"),
        "because": "it is right",
    }
    return Action(**fields | more)


def decision(decision_id: str = "d-1", kind: str = "recovery", *actions: Action) -> Decision:
    return Decision(
        id=decision_id,
        interaction="e-1",
        as_of=say_instant(NOW),
        ruleset=RULESET,
        mode="live",
        matched=(Match(policy="p-1", kind=kind, because=()),),
        actions=actions,
    )


def keep(
    transaction: Connection, made: Decision, tenant: str = "acme", adapter: str = "demo", customer: str = "C-1"
) -> None:
    """A decision with its event, rule set and actions; notes and contacts are deliverable."""
    number = events.add(transaction, event(f"e-{made.id}", tenant, customer=customer, source=adapter))
    rulesets.keep(transaction, tenant, made.ruleset, lambda: [{"id": "p-1"}], NOW)
    written = made.to_json()
    decisions.append(transaction, tenant, number, written, {"as_of": made.as_of}, NOW)
    outbox.add(transaction, tenant, made.id, adapter, written["actions"], {"note", "contact"}, NOW)
