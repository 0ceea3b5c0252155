"""Reads what no webhook told: what came while we were away, and what a customer lived through before us."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from careengine import Entry, NotFound, PayloadError
from careengine_django_helpdesk.events import all_events, events_of
from careengine_django_helpdesk.options import NAME
from careengine_django_helpdesk.story import Step, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine_django_helpdesk.client import Client
    from careengine_django_helpdesk.options import Options

PAGE = 50
HISTORY_PAGES = 20  # the newest thousand tickets: the API cannot be asked for one customer's

# Event -> kind of history entry, and its status.
_KINDS = {
    "interaction.received": ("interactions", ""),
    "case.opened": ("cases", "opened"),
    "case.updated": ("updates", ""),
    "case.transferred": ("transfers", ""),
    "case.reopened": ("reopens", ""),
    "case.resolved": ("resolutions", ""),
}


def since(cursor: str | None, client: Client, options: Options) -> tuple[list[dict[str, Any]], str]:
    """The interactions of follow-ups numbered above the cursor, oldest first, and the next cursor.

    Follow-ups are listed oldest first, so it reads the last pages until it meets what it knows.
    """
    known = int(cursor) if cursor is not None else None
    fresh: dict[int, str] = {}
    newest = known or 0
    for page in _from_the_end(client, "followups"):
        numbers = {int(one["id"]): str(one["ticket"]) for one in page}
        newest = max([newest, *numbers])
        fresh |= {number: ticket for number, ticket in numbers.items() if known is not None and number > known}
        if known is None or min(numbers) <= known:
            break
    return _told(fresh, client, options), str(newest)


def _told(fresh: Mapping[int, str], client: Client, options: Options) -> list[dict[str, Any]]:
    events: list[tuple[int, dict[str, Any]]] = []
    for number in sorted(set(fresh.values())):
        try:
            ticket = client.ticket(number)
        except NotFound:  # deleted meanwhile
            continue
        for step in steps(ticket, options):
            if (followup := step.followup["id"]) in fresh:
                events += [(followup, event) for event in _readable(ticket, step, options)]
    return [event for _, event in sorted(events, key=lambda pair: pair[0])]


def _readable(ticket: Mapping[str, Any], step: Step, options: Options) -> list[dict[str, Any]]:
    try:
        return events_of(ticket, step, options)
    except PayloadError:  # as good as nothing, but somebody will see it
        return [{"id": f"followup-{step.followup['id']}", "source": NAME, "case": {"id": str(ticket["id"])}}]


def contacts_of(customer: str, client: Client, options: Options) -> Iterator[Entry]:
    """The history of one customer in the newest tickets, under the references that webhooks give."""
    for position, page in enumerate(_from_the_end(client, "tickets")):
        for ticket in page:
            for event in all_events(ticket, options):
                if event.get("customer", {}).get("id") == customer:
                    yield _entry(event)
        if position + 1 == HISTORY_PAGES:
            return


def _entry(event: Mapping[str, Any]) -> Entry:
    kind, status = _KINDS[event["type"]]
    return Entry(
        at=datetime.fromisoformat(event["occurred_at"]),
        kind=kind,
        ref=event["case"]["id"] if kind == "cases" else event["id"],
        status=status,
        direction=event.get("direction"),
        channel=event.get("channel"),
        case=event["case"]["id"],
        issue=event["issue"]["id"],
    )


def _from_the_end(client: Client, kind: str) -> Iterator[list[Mapping[str, Any]]]:
    """Pages of a list, last page first. Pages that are empty are left out."""
    first = client.page(kind, 1, PAGE)
    for number in range(-(-first.count // PAGE), 0, -1):
        page = first if number == 1 else client.page(kind, number, PAGE)
        if page.items:
            yield list(page.items)
