"""What a person says about something parked: try it again, or drop it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.service.bodies import parse_json, read_body, require_json
from careengine.service.problems import HttpProblem, invalid
from careengine.service.state import service_of
from careengine.store.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from careengine.store.inbox import Delivery
    from careengine.store.outbox import StoredAction

    Parked = StoredAction | Delivery

RETRY, DROP = "retry", "drop"
_LONGEST = 300
SCHEMA = {
    "type": "object",
    "required": ["do", "reason"],
    "additionalProperties": False,
    "properties": {
        "do": {"type": "string", "enum": [RETRY, DROP], "description": "Try it again from the start, or let it be."},
        "reason": {
            "type": "string",
            "pattern": r"[^\s\x1c-\x1f\x85]",
            "maxLength": _LONGEST,
            "description": "Why; it is kept.",
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with something parked, and why."""

    do: str
    reason: str

    def deed(self, actor: str, subject: str, before: Parked, after: Parked) -> Deed:
        """What the audit keeps of it: how it was and is, without a word of the CRM's."""
        told = ({"state": each.state, "attempts": each.attempts} for each in (before, after))
        return Deed(actor=actor, did=self.do, subject=subject, reason=self.reason, before=next(told), after=next(told))


async def read_order(request: Request) -> Order:
    """The order in a body. Raises HttpProblem."""
    require_json(request)
    settings = service_of(request).app.settings.service
    body = parse_json(await read_body(request, settings.max_body_bytes), settings.max_depth)
    if faults := list(_faults(body)):
        raise invalid(faults)
    return Order(do=body["do"], reason=body["reason"].strip())


def _faults(body: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(body, dict):
        yield "", "expected an object with `do` and `reason`"
        return
    if body.get("do") not in (RETRY, DROP):
        yield "/do", f"expected `{RETRY}` or `{DROP}`"
    reason = body.get("reason")
    if not (isinstance(reason, str) and reason.strip() and len(reason) <= _LONGEST and "\0" not in reason):
        yield "/reason", f"expected why, in 1 to {_LONGEST} characters"
    if body.keys() - {"do", "reason"}:
        yield "", "expected `do` and `reason` and nothing else"


def not_parked(what: str, state: str) -> HttpProblem:
    """The problem of an order about something that does not wait for one."""
    return HttpProblem("conflict", f"this {what} is `{state}`; only what is `parked` can be tried again or dropped")
