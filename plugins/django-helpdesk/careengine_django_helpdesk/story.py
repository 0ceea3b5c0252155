"""A ticket's follow-ups in order, each with what was so before it. The helpdesk does not tell what changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine import PayloadError, PayloadProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine_django_helpdesk.options import Options

MARKER = re.compile(r"\[care:[0-9a-f]{16}\]")
OPEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One follow-up, the ticket's status number before and after it, and how often the ticket was assigned before."""

    followup: Mapping[str, Any]
    opens: bool
    status_before: int
    status: int
    assignments_before: int

    def resolves(self, options: Options) -> bool:
        """Whether the case was open before and is over with it."""
        return options.is_over(self.status) and not options.is_over(self.status_before)

    def reopens(self, options: Options) -> bool:
        """Whether the case was over before and is open with it."""
        return options.is_over(self.status_before) and not options.is_over(self.status)

    def is_own(self, options: Options) -> bool:
        """Whether careengine wrote it. A customer cannot claim so: theirs are public or of no user."""
        user = self.followup.get("user")
        if user is None:
            return False
        marked = not self.followup.get("public") and MARKER.search(str(self.followup.get("comment") or ""))
        return bool(marked) or user == options.user

    def is_from_customer(self, options: Options) -> bool:
        """Whether the customer wrote it: by email, or on the public pages, where the helpdesk notes no user."""
        if not self.followup.get("public") or self.followup.get("user") is not None:
            return False
        return bool(self.followup.get("message_id")) or not self._title().startswith(options.escalated_title)

    def assigns(self, options: Options) -> bool:
        """Whether a colleague assigned the ticket with it. Only the title tells; a customer's title tells nothing."""
        if self.followup.get("user") is None:
            return False
        # Opened for somebody, the title says so behind other words.
        title = self._title()
        return options.assigned_title in title if self.opens else title.startswith(options.assigned_title)

    def direction(self, options: Options) -> str:
        """Who spoke to whom."""
        if not self.followup.get("public"):
            return "internal"
        return "inbound" if self.opens or self.is_from_customer(options) else "outbound"

    def _title(self) -> str:
        return str(self.followup.get("title") or "")


def steps(ticket: Mapping[str, Any], options: Options) -> Iterator[Step]:
    """The follow-ups as they came. Raises PayloadError when the ticket has another shape than the helpdesk's."""
    status, assignments = OPEN, 0
    for position, followup in enumerate(sorted(_followups(ticket), key=lambda one: one["id"])):
        new = followup.get("new_status")
        after = new if isinstance(new, int) else status
        step = Step(
            followup=followup,
            opens=position == 0,
            status_before=status,
            status=after,
            assignments_before=assignments,
        )
        yield step
        status, assignments = after, assignments + step.assigns(options)


def _followups(ticket: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = ticket.get("followup_set")
    if not (isinstance(found, list) and all(isinstance(one, dict) and type(one.get("id")) is int for one in found)):
        expected = "a list of follow-ups, each with a number as its `id`"
        raise PayloadError([PayloadProblem(pointer="/ticket/followup_set", message=expected)])
    return found
