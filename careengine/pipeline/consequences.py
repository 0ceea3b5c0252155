"""The history that our own decisions make, so that later decisions know what was offered, escalated and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.contact_cap import acting_at
from careengine.decide.kinds.due_process import care_asked_for
from careengine.model.decision import EXECUTE, SHADOW, Action, Decision
from careengine.model.history import CARE_FIRST, CONTACTS, DECISIONS, ESCALATIONS, OFFERS, Entry
from careengine.model.value import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.facts import Facts
    from careengine.model.value import Value

_SHARED = {
    "case": "case.id",
    "source": "source",
    "issue": "issue.id",
    "employee": "employee.id",
    "channel": "channel",
    "direction": "direction",
}


def entries_after(decision: Decision, facts: Facts) -> Iterator[Entry]:
    """One entry for each offer, escalation and contact, and one for each policy that acted. Shadow leaves no trace.

    A policy that matched and was withheld did not act: its `once_per` counts from the last time it did. A contact is
    made when it is decided, and not when the event was that reached us late.
    """
    fields, at = facts.fields, facts.as_of
    shared: dict[str, Any] = {name: _text(fields.get(path)) for name, path in _SHARED.items()}
    live = [action for action in decision.actions if action.status != SHADOW]
    for action in live:
        if action.type == "offer":
            yield Entry(at=at, kind=OFFERS, ref=action.id, **_offer(action), **shared)
        elif action.type == "escalate":
            yield Entry(at=at, kind=ESCALATIONS, ref=action.id, **shared)
        elif action.type == "contact" and action.status == EXECUTE:
            yield Entry(at=acting_at(facts), kind=CONTACTS, ref=action.id, **{**shared, **_contact(action)})
    for policy in dict.fromkeys(policy for action in live for policy in action.policies):
        yield Entry(at=at, kind=DECISIONS, ref=f"{decision.id}/{policy}", policy=policy, **shared)


def care_first(facts: Facts) -> Iterator[Entry]:
    """That plugins found in the customer's words that care comes first; why they did is not kept here."""
    if care_asked_for(facts.fields):
        ref = f"{facts.fields['source']}/{facts.fields['id']}"
        yield Entry(at=facts.as_of, kind=CARE_FIRST, ref=ref, source=_text(facts.fields.get("source")))


def _offer(action: Action) -> dict[str, Any]:
    amount = action.params.get("amount")
    return {
        "status": "offered" if action.status == EXECUTE else "proposed",
        "family": action.params.get("family"),
        "amount": Money.parse(amount) if amount else None,
        "policy": action.policies[0],
    }


def _contact(action: Action) -> dict[str, Any]:
    """Of a contact the purpose is the category; the preferred channel counts as the one it is made on."""
    channels = action.params["channels"]
    return {
        "category": action.params["purpose"],
        "direction": "outbound",
        "channel": channels[0] if channels else None,
        "policy": action.policies[0],
    }


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None
