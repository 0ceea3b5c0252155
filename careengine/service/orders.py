"""What a person says about something parked: try it again, or drop it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.service.access import note
from careengine.service.bodies import read_json
from careengine.service.problems import HttpProblem, invalid
from careengine.service.state import answer, service_of
from careengine.store.audit import Deed
from careengine.store.causes import CAUSES
from careengine.store.parked import DROP, RETRY, Verdict, settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.service.keys import Caller
    from careengine.store.inbox import Delivery
    from careengine.store.outbox import StoredAction

    Parked = StoredAction | Delivery

_LONGEST = 300
SCHEMA: dict[str, Any] = {
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
MANY = {
    **SCHEMA,
    "required": ["do", "reason", "adapter"],
    "properties": {
        **SCHEMA["properties"],
        "adapter": {"type": "string", "minLength": 1, "description": "Only those of this adapter."},
        "cause": {"type": "string", "enum": list(CAUSES), "description": "Only those that were parked for this."},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with something parked, and why."""

    do: str
    reason: str
    adapter: str = ""
    cause: str | None = None

    def deed(self, actor: str, subject: str, before: Parked, after: Parked) -> Deed:
        """What the audit keeps of it: how it was and is, without a word of the CRM's."""
        told = ({"state": each.state, "attempts": each.attempts} for each in (before, after))
        return Deed(actor=actor, did=self.do, subject=subject, reason=self.reason, before=next(told), after=next(told))


async def settle_many(request: Request, caller: Caller, what: str) -> Response:
    """Try all of an adapter's parked actions or deliveries again, or drop them: those of one cause, or of any."""
    service, order = service_of(request), await _read(request, MANY)
    verdict = Verdict(
        what=what, adapter=order.adapter, cause=order.cause, do=order.do, actor=caller.actor, reason=order.reason
    )
    settled = await service.workers.run(_settle_many, service.app, caller.tenant, verdict)
    note(request, did=order.do, items=settled)
    return answer({"settled": settled})


def _settle_many(app: App, tenant: str, verdict: Verdict) -> int:
    settled = settle(app.store, tenant, verdict, app.clock())
    if verdict.do == DROP:
        app.store.forget()
    app.delivery.wake()
    return settled


async def read_order(request: Request) -> Order:
    """The order in a body. Raises HttpProblem."""
    return await _read(request, SCHEMA)


async def _read(request: Request, schema: Mapping[str, Any]) -> Order:
    body = await read_json(request)
    if faults := list(_faults(body, schema)):
        raise invalid(faults)
    return Order(**{**body, "reason": body["reason"].strip()})


def _faults(body: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    needed = " and ".join(f"`{name}`" for name in schema["required"])
    if not isinstance(body, dict):
        yield "", f"expected an object with {needed}"
        return
    if body.get("do") not in (RETRY, DROP):
        yield "/do", f"expected `{RETRY}` or `{DROP}`"
    reason = body.get("reason")
    if not (isinstance(reason, str) and reason.strip() and len(reason) <= _LONGEST and "\0" not in reason):
        yield "/reason", f"expected why, in 1 to {_LONGEST} characters"
    adapter = body.get("adapter", "")
    if "adapter" in schema["required"] and not (isinstance(adapter, str) and adapter and "\0" not in adapter):
        yield "/adapter", "expected the name of an adapter"
    if "cause" in body.keys() & schema["properties"] and body["cause"] not in CAUSES:
        yield "/cause", f"expected one of {', '.join(f'`{cause}`' for cause in CAUSES)}"
    if body.keys() - schema["properties"].keys():
        may = " and maybe `cause`" if "cause" in schema["properties"] else ""
        yield "", f"expected {needed}{may} and nothing else"


def not_parked(what: str, state: str) -> HttpProblem:
    """The problem of an order about something that does not wait for one."""
    return HttpProblem("conflict", f"this {what} is `{state}`; only what is `parked` can be tried again or dropped")
