"""Carries out actions: private notes, assignments, priorities. Each at most once, however often it is asked for."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from careengine import AdapterError, OutcomeUnknown, Receipt, Rejected, Retryable, Unsupported
from careengine_django_helpdesk.client import Failed
from careengine_django_helpdesk.facts import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine import Action
    from careengine_django_helpdesk.client import Client
    from careengine_django_helpdesk.options import Options

ACTIONS = frozenset({"note", "assign", "escalate"})
LONGEST_NOTE = 50_000
# The helpdesk runs every comment through its template engine (what looks like a tag would vanish or end in a 500), and
# it links tickets that are named like `#12` to each other: a blank in between keeps the words and stops both.
_MEANT_FOR_THE_HELPDESK = re.compile(r"\{(?=[{%#])|%(?=\})|#(?=\d)")


def marker_of(key: str) -> str:
    """What a note carries so that we find it again."""
    return f"[care:{hashlib.sha256(key.encode()).hexdigest()[:16]}]"


def carry_out(action: Action, key: str, client: Client, options: Options) -> Receipt:
    """Do what the action says, unless it has been done. Raises AdapterError."""
    if action.type not in ACTIONS:
        raise Unsupported(f"the helpdesk knows no action `{action.type}`; the decision's note tells of it")
    ticket = client.ticket(_case_of(action))
    if done := _find(ticket, marker_of(key)):
        return Receipt(outcome="unchanged", detail="it was there already", reference=done)
    changes = {} if action.type == "note" else _changes(action, ticket, options)
    if changes:
        client.change(str(ticket["id"]), changes)
    # The record comes last: once it stands, all is done. It also mails the new owner; a changed field alone does not.
    reference = _write(client, str(ticket["id"]), _comment(action, key), marker_of(key))
    return Receipt(outcome="changed", detail=", ".join(["note", *sorted(changes)]), reference=reference)


def _case_of(action: Action) -> str:
    kind, _, number = action.target.partition(":")
    if kind != "case" or not number:
        raise Rejected("the action names no ticket to write to")
    return number


def _changes(action: Action, ticket: Mapping[str, Any], options: Options) -> dict[str, int]:
    """The fields that must become different; an escalation raises the priority and never lowers it."""
    place = options.roles.get(str(action.params.get("to")))
    if place is None:
        known = ", ".join(f"`{name}`" for name in sorted(options.roles)) or "none"
        raise Rejected(f"role `{action.params.get('to')}` has no place in the helpdesk; `roles` has {known}")
    wanted = {"assigned_to": place.user, "queue": place.queue}
    raised = options.priorities.get(str(action.params.get("priority")))
    if raised is not None and action.type == "escalate":
        wanted["priority"] = min(raised, ticket.get("priority") or raised)
    return {name: value for name, value in wanted.items() if value is not None and ticket.get(name) != value}


def _write(client: Client, number: str, comment: str, marker: str) -> str:
    try:
        return client.add_private_note(number, comment)
    except OutcomeUnknown as error:
        if written := _find(_look(number, client, error), marker):
            return written
        if isinstance(error, Failed):  # it has ended and left nothing behind
            raise Retryable(str(error)) from error
        raise


def _look(number: str, client: Client, unsure: OutcomeUnknown) -> Mapping[str, Any]:
    try:
        return client.ticket(number)
    except AdapterError:  # whatever became of reading, what became of writing is not known
        raise unsure from None


def _find(ticket: Mapping[str, Any], marker: str) -> str:
    ours = (one for one in ticket["followup_set"] if marker in str(one.get("comment") or "") and not one.get("public"))
    return next((str(one.get("id")) for one in ours if one.get("user") is not None), "")


def _comment(action: Action, key: str) -> str:
    text = words(action.params.get("text"), LONGEST_NOTE) or action.type
    return f"{_MEANT_FOR_THE_HELPDESK.sub(lambda found: found[0] + ' ', text)}\n\n{marker_of(key)}"
