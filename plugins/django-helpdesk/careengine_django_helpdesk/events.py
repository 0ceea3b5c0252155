"""What happened to a ticket, as interactions: read from the follow-ups that every webhook and API answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine_django_helpdesk.facts import case_facts, customer_facts, instant, other_facts, words
from careengine_django_helpdesk.options import NAME
from careengine_django_helpdesk.story import Step, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine_django_helpdesk.options import Options

LONGEST_TEXT = 100_000


def events_of(ticket: Mapping[str, Any], step: Step, options: Options) -> list[dict[str, Any]]:
    """The interactions that one follow-up stands for; none when we wrote it. Raises PayloadError."""
    if step.is_own(options):
        return []
    return [_event(ticket, step, kind, options) for kind in _kinds(step, options)]


def all_events(ticket: Mapping[str, Any], options: Options) -> Iterator[dict[str, Any]]:
    """Every interaction of a ticket's life, oldest first. Raises PayloadError."""
    for step in steps(ticket, options):
        yield from events_of(ticket, step, options)


def _kinds(step: Step, options: Options) -> list[str]:
    """What happened, most telling first."""
    if step.opens:
        return ["case.opened", "interaction.received"]
    kinds = ["interaction.received"] if step.is_from_customer(options) else []
    if step.resolves(options):
        kinds.append("case.resolved")
    if step.reopens(options):
        kinds.append("case.reopened")
    if step.assigns(options) and step.assignments_before:
        kinds.append("case.transferred")
    return kinds or ["case.updated"]


def _event(ticket: Mapping[str, Any], step: Step, kind: str, options: Options) -> dict[str, Any]:
    received = kind == "interaction.received"
    event = {
        "id": _id(ticket, step, kind),
        "source": NAME,
        "type": kind,
        "occurred_at": instant(step.followup),
        "direction": step.direction(options),
        "channel": _channel(step) if received else None,
        "text": words(step.followup.get("comment"), LONGEST_TEXT) if received else None,
        "actor": _actor(step, options),
        "customer": customer_facts(ticket, options),
        "case": case_facts(ticket, options),
        "issue": {"id": str(ticket.get("merged_to") or ticket["id"])},
        **other_facts(ticket, options),
    }
    return {name: value for name, value in event.items() if value}


def _id(ticket: Mapping[str, Any], step: Step, kind: str) -> str:
    if kind == "case.opened":
        return f"ticket-{ticket['id']}-opened"
    if kind == "interaction.received":
        return f"followup-{step.followup['id']}"
    return f"followup-{step.followup['id']}-{kind.partition('.')[2]}"


def _channel(step: Step) -> str | None:
    if step.followup.get("message_id"):
        return "email"
    return "web" if step.followup.get("user") is None else None  # what a colleague typed in may have come by phone


def _actor(step: Step, options: Options) -> dict[str, str]:
    if (user := step.followup.get("user")) is not None:
        return {"type": "agent", "id": str(user)}
    return {"type": "customer" if step.opens or step.is_from_customer(options) else "system"}
