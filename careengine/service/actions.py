"""The actions of decisions: what became of each, and a person's word on those that are parked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant
from careengine.service.access import note
from careengine.service.orders import not_parked, read_order, settle_many
from careengine.service.problems import HttpProblem
from careengine.service.queries import ID, LIMIT, page_of, read_query
from careengine.service.roles import PARKED_SETTLE
from careengine.service.state import answer, service_of
from careengine.store import audit, outbox, states
from careengine.store.parked import ACTIONS, RETRY
from careengine.store.removal import subject_of_action

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.service.keys import Caller
    from careengine.service.orders import Order
    from careengine.service.queries import Parameters
    from careengine.store import Store
    from careengine.store.outbox import StoredAction

_STATES = [
    states.TOLD,
    states.WAITING,
    states.DUE,
    states.SENDING,
    states.DONE,
    states.PARKED,
    states.DROPPED,
]
FILTERS: Parameters = {
    "state": (
        "Only actions in this state; `waiting` is for a person to decide, `parked` could not be delivered.",
        {"type": "string", "enum": _STATES, "default": states.WAITING},
    ),
    "after": ("The id of the last action of the page before.", ID),
    "limit": ("How many actions a page holds.", LIMIT),
}


async def page(request: Request, caller: Caller) -> Response:
    """A page of the actions in a state, the oldest first."""
    service, asked = service_of(request), read_query(request, FILTERS)
    found = await service.workers.run(_page, service.app.store, caller.tenant, asked)
    shown, more = page_of(found, asked["limit"])
    told = [_told(item, caller) for item in shown]
    return answer({"actions": told, "next": shown[-1].action.id if more else None})


def _page(store: Store, tenant: str, asked: dict[str, Any]) -> list[StoredAction]:
    after = asked.get("after")
    with store.read() as reader:
        if after is not None and outbox.get(reader, tenant, after) is None:
            raise _unknown(after)
        return outbox.in_state(reader, tenant, asked["state"], asked["limit"] + 1, after)


async def settle(request: Request, caller: Caller) -> Response:
    """Try a parked action again, or drop it."""
    service, wanted, order = service_of(request), request.path_params["id"], await read_order(request)
    found = await service.workers.run(_settle, service.app, caller, wanted, order)
    note(request, action=found.action.id, did=order.do)
    return answer(_told(found, caller))


async def settle_all(request: Request, caller: Caller) -> Response:
    """Try an adapter's parked actions again, or drop them, all at once."""
    return await settle_many(request, caller, ACTIONS)


def _settle(app: App, caller: Caller, wanted: str, order: Order) -> StoredAction:
    settle, now = outbox.retry_parked if order.do == RETRY else outbox.drop_parked, app.clock()
    with app.store.write() as transaction:
        before = outbox.get(transaction, caller.tenant, wanted)
        settled = settle(transaction, caller.tenant, wanted, order.reason, now)
        found = outbox.get(transaction, caller.tenant, wanted)
        if before and found and settled:
            deed = order.deed(caller.actor, subject_of_action(wanted), before, found)
            audit.add(transaction, caller.tenant, deed, now)
    if found is None:
        raise _unknown(wanted)
    if not settled:
        raise not_parked("action", found.state)
    app.delivery.wake()
    return found


def _unknown(wanted: str) -> HttpProblem:
    return HttpProblem("not-found", f"there is no action `{wanted[:80]}`")


def _told(item: StoredAction, caller: Caller) -> dict[str, Any]:
    """With what the CRM said when it refused the action, for those who may settle it: it may name people."""
    refused = item.outcome is None and caller.may(PARKED_SETTLE)
    return {
        "id": item.action.id,
        "decision": item.decision,
        "type": item.action.type,
        "status": item.action.status,
        "state": item.state,
        "adapter": item.adapter,
        "target": item.action.target,
        "params": dict(item.action.params),
        "policies": list(item.action.policies),
        "because": item.action.because,
        "attempts": item.attempts,
        "reason": item.reason,
        "changed_at": say_instant(item.changed_at),
        "reference": item.reference,
        **({"crm_said": item.detail or ""} if refused else {}),
    }
