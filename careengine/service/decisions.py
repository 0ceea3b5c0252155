"""Reading what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.errors import ErasedError
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, PROPOSE, SHADOW
from careengine.model.policy import PROPOSING
from careengine.model.value import parse_day_or_instant
from careengine.service.problems import HttpProblem
from careengine.service.queries import ID, LIMIT, page_of, read_query
from careengine.service.state import answer, service_of
from careengine.store import decisions as kept_decisions
from careengine.store import erased

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.service.keys import Caller
    from careengine.service.queries import Parameters
    from careengine.store import Store
    from careengine.store.decisions import StoredDecision

FILTERS: Parameters = {
    "after": ("The id of the last decision of the page before.", ID),
    "limit": ("How many decisions a page holds.", LIMIT),
    "customer": ("Only decisions on interactions of this customer, under whichever of their ids.", ID),
    "kind": (
        "Only decisions in which a policy of this kind matched, or had a say as a guardrail.",
        {"type": "string", "enum": list(PROPOSING)},
    ),
    "status": (
        "Only decisions with an action of this status.",
        {"type": "string", "enum": [EXECUTE, AWAIT_APPROVAL, PROPOSE, SHADOW]},
    ),
    "since": (
        "Only decisions recorded at or after this date or instant; in UTC in one of the years 1 to 9999.",
        {
            "type": "string",
            "anyOf": [{"format": "date"}, {"format": "date-time"}],
            "examples": ["2026-03-02", "2026-03-02T09:30:00Z"],
        },
    ),
}


async def page(request: Request, caller: Caller) -> Response:
    """A page of decisions, the newest first."""
    service, asked = service_of(request), read_query(request, FILTERS)
    since = _instant(asked.pop("since", None))
    found = await service.workers.run(_page, service.app.store, caller.tenant, asked)
    whole, more = page_of(found, asked["limit"])
    shown = [item for item in whole if since is None or item.recorded_at >= since]
    following = shown[-1].id if more and len(shown) == asked["limit"] else None
    return answer({"decisions": [item.decision for item in shown], "next": following})


def _page(store: Store, tenant: str, asked: dict[str, Any]) -> list[StoredDecision]:
    with store.read() as reader:
        after = asked.get("after")
        if after is not None and kept_decisions.get(reader, tenant, after) is None:
            raise _unknown(after)
        return kept_decisions.page(reader, tenant, **{**asked, "limit": asked["limit"] + 1})


async def one(request: Request, caller: Caller) -> Response:
    """One decision by its id."""
    service, wanted = service_of(request), request.path_params["id"]
    found = await service.workers.run(_one, service.app.store, caller.tenant, wanted)
    return answer(found.decision)


def _one(store: Store, tenant: str, wanted: str) -> StoredDecision:
    with store.read() as reader:
        found = kept_decisions.get(reader, tenant, wanted)
        if found is None and erased.when(reader, tenant, erased.mark_of_decision(wanted)):
            raise ErasedError("this decision was erased")
    if found is None:
        raise _unknown(wanted)
    return found


def _unknown(wanted: str) -> HttpProblem:
    return HttpProblem("not-found", f"there is no decision `{wanted[:80]}`")


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_day_or_instant(text)
    except ValueError as error:
        raise HttpProblem("malformed-request", f"`since`: {error}") from None
