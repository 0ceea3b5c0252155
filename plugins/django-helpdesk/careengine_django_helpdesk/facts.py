"""The facts that a ticket holds, in the words of the interaction schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from careengine import PayloadError, PayloadProblem
from careengine_django_helpdesk.story import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine_django_helpdesk.options import Options

LONGEST_ID, LONGEST_SUBJECT, LONGEST_EMAIL = 200, 1000, 320


def words(value: Any, longest: int) -> str | None:
    """Text that any database takes: without NUL and halves of characters; None when nothing is left."""
    text = str(value if value is not None else "").replace("\x00", "").encode("utf-8", "ignore").decode()
    return text[:longest].strip() or None


def instant(followup: Mapping[str, Any]) -> str:
    """When a follow-up was written, in UTC. Raises PayloadError."""
    try:
        found = datetime.fromisoformat(str(followup.get("date")))
    except ValueError as error:
        raise _bad_date("an instant such as `2026-03-02T09:30:00Z`") from error
    if found.tzinfo is None:
        raise _bad_date("an instant with its offset from UTC; the helpdesk's site needs `USE_TZ = True`")
    return found.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bad_date(expected: str) -> PayloadError:
    return PayloadError([PayloadProblem(pointer="/ticket/followup_set/date", message=f"expected {expected}")])


def customer_facts(ticket: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Who the ticket is for: the address is written in lower case, as mail systems treat it."""
    email = words(ticket.get("submitter_email"), LONGEST_EMAIL)
    by_email = options.customer_id == "submitter_email"
    number = email.lower() if by_email and email else words(ticket.get(options.customer_id), LONGEST_ID)
    return _known({"id": number and number[:LONGEST_ID], "email": email and email.lower()}) | _mapped(
        ticket, options, "customer"
    )


def case_facts(ticket: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """The ticket as a case, with what its follow-ups tell of its life so far."""
    life = list(steps(ticket, options))
    assignments = sum(step.assigns(options) for step in life)
    known = {
        "id": str(ticket["id"]),
        "subject": words(ticket.get("title"), LONGEST_SUBJECT),
        "status": _status(ticket, options),
        "priority": options.priority_word(ticket.get("priority")),
        "owner": words(ticket.get("assigned_to"), LONGEST_ID),
        "team": options.queue_name(ticket.get("queue")),
        "opened_at": instant(life[0].followup) if life else None,
        "reassignments": max(assignments - 1, 0),
        "reopens": sum(step.reopens(options) for step in life),
        "url": f"{options.base_url}/tickets/{ticket['id']}/",
    }
    return _known(known) | _mapped(ticket, options, "case")


def _status(ticket: Mapping[str, Any], options: Options) -> str | None:
    found = options.statuses.get(str(ticket.get("status")))
    return "waiting_other" if ticket.get("on_hold") and found not in ("resolved", "closed") else found


def other_facts(ticket: Mapping[str, Any], options: Options) -> dict[str, dict[str, Any]]:
    """The facts of orders, failures and the company's own fields, as far as custom fields hold them."""
    groups = {path.partition(".")[0] for path in options.fields} - {"customer", "case"}
    return {group: found for group in sorted(groups) if (found := _mapped(ticket, options, group))}


def _mapped(ticket: Mapping[str, Any], options: Options, group: str) -> dict[str, Any]:
    paths = {path: name for path, name in options.fields.items() if path.startswith(f"{group}.")}
    return _known({path.partition(".")[2]: ticket.get(name) for path, name in paths.items()})


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in (None, "")}
