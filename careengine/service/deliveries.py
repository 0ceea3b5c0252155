"""What CRMs' webhooks brought: what became of each delivery, and a person's word on those that are parked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant
from careengine.service.access import note
from careengine.service.orders import not_parked, read_order, settle_many
from careengine.service.problems import HttpProblem
from careengine.service.queries import LIMIT, NUMBER, page_of, read_query
from careengine.service.state import answer, service_of
from careengine.store import audit, inbox, states
from careengine.store.parked import DELIVERIES, DROP, RETRY
from careengine.store.removal import subject_of_delivery

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.service.keys import Caller
    from careengine.service.orders import Order
    from careengine.service.queries import Parameters
    from careengine.store import Store
    from careengine.store.inbox import Delivery

_DIGITS = 18  # fewer than a database counts to
FILTERS: Parameters = {
    "state": (
        "Only deliveries in this state; `parked` could not be worked off.",
        {
            "type": "string",
            "enum": [states.DUE, states.DONE, states.PARKED, states.DROPPED],
            "default": states.PARKED,
        },
    ),
    "after": ("The number of the last delivery of the page before.", NUMBER),
    "limit": ("How many deliveries a page holds.", LIMIT),
}


async def page(request: Request, caller: Caller) -> Response:
    """A page of the deliveries in a state, the oldest first. What stands in them is not told."""
    service, asked = service_of(request), read_query(request, FILTERS)
    found = await service.workers.run(_page, service.app.store, caller.tenant, asked)
    shown, more = page_of(found, asked["limit"])
    return answer({"deliveries": [_told(item) for item in shown], "next": shown[-1].seq if more else None})


def _page(store: Store, tenant: str, asked: dict[str, Any]) -> list[Delivery]:
    with store.read() as reader:
        return inbox.in_state(reader, tenant, asked["state"], asked["limit"] + 1, asked.get("after", 0))


async def settle(request: Request, caller: Caller) -> Response:
    """Try a parked delivery again, or drop it."""
    service, wanted, order = service_of(request), _number(request.path_params["number"]), await read_order(request)
    found = await service.workers.run(_settle, service.app, caller, wanted, order)
    note(request, adapter=found.adapter, delivery=found.delivery, did=order.do)
    return answer(_told(found))


async def settle_all(request: Request, caller: Caller) -> Response:
    """Try an adapter's parked deliveries again, or drop them, all at once."""
    return await settle_many(request, caller, DELIVERIES)


def _settle(app: App, caller: Caller, wanted: int, order: Order) -> Delivery:
    settle, now = inbox.retry_parked if order.do == RETRY else inbox.drop_parked, app.clock()
    with app.store.write() as transaction:
        before = inbox.get(transaction, caller.tenant, wanted)
        settled = settle(transaction, caller.tenant, wanted, order.reason, now)
        found = inbox.get(transaction, caller.tenant, wanted)
        if before and found and settled:
            deed = order.deed(caller.actor, subject_of_delivery(wanted), before, found)
            audit.add(transaction, caller.tenant, deed, now)
    if found is None:
        raise _unknown(str(wanted))
    if not settled:
        raise not_parked("delivery", found.state)
    if order.do == DROP:
        app.store.forget()
    app.delivery.wake()
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise _unknown(text)
    return int(text)


def _unknown(wanted: str) -> HttpProblem:
    return HttpProblem("not-found", f"there is no delivery `{wanted[:80]}`")


def _told(item: Delivery) -> dict[str, Any]:
    return {
        "number": item.seq,
        "adapter": item.adapter,
        "delivery": item.delivery,
        "state": item.state,
        "attempts": item.attempts,
        "reason": item.reason,
        "received_at": say_instant(item.received_at),
    }
