"""Reading what people decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant
from careengine.service.queries import ID, LIMIT, NUMBER, page_of, read_query
from careengine.service.state import answer, service_of
from careengine.store import audit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.service.keys import Caller
    from careengine.service.queries import Parameters
    from careengine.store import Store
    from careengine.store.audit import Entry

FILTERS: Parameters = {
    "after": ("The number of the last entry of the page before.", NUMBER),
    "limit": ("How many entries a page holds.", LIMIT),
    "actor": ("Only what this one did, such as `person:sam` or `key:1f00`.", ID),
    "subject": ("Only what was done to this, such as `action a_1f00`.", ID),
}


async def page(request: Request, caller: Caller) -> Response:
    """A page of the audit, the newest entries first."""
    service, asked = service_of(request), read_query(request, FILTERS)
    found = await service.workers.run(_page, service.app.store, caller.tenant, asked)
    shown, more = page_of(found, asked["limit"])
    return answer({"entries": [told(entry) for entry in shown], "next": shown[-1].number if more else None})


def _page(store: Store, tenant: str, asked: dict[str, Any]) -> list[Entry]:
    with store.read() as reader:
        return audit.page(reader, tenant, **{**asked, "limit": asked["limit"] + 1})


def told(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    deed = entry.deed
    return {
        "number": entry.number,
        "at": say_instant(entry.at),
        "actor": deed.actor,
        "did": deed.did,
        "subject": deed.subject,
        "reason": deed.reason,
        "before": deed.before,
        "after": deed.after,
    }
