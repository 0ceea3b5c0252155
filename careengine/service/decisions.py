"""Reading what was decided, and the actions that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, PROPOSE, SHADOW
from careengine.model.policy import ESCALATION, PROTECTION, RECOVERY
from careengine.model.value import parse_day_or_instant, say_instant
from careengine.service.problems import HttpProblem
from careengine.service.state import answer, service_of
from careengine.store import decisions as kept_decisions
from careengine.store import outbox, states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.service.keys import Caller
    from careengine.store import Store
    from careengine.store.decisions import StoredDecision
    from careengine.store.outbox import StoredAction

LARGEST_PAGE = 200
_LIMIT = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}
_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_STATUS = {"type": "string", "enum": [EXECUTE, AWAIT_APPROVAL, PROPOSE, SHADOW]}
_STATE_NAMES = [
    states.TOLD,
    states.WAITING,
    states.DUE,
    states.SENDING,
    states.DONE,
    states.PARKED,
    states.DROPPED,
]

# Query parameters: what each one means, and its schema. The API description is made of them.
FILTERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "after": ("The id of the last decision of the page before.", _ID),
    "limit": ("How many decisions a page holds.", _LIMIT),
    "customer": ("Only decisions on interactions of this customer.", _ID),
    "kind": (
        "Only decisions in which a policy of this kind matched.",
        {"type": "string", "enum": [RECOVERY, ESCALATION, PROTECTION]},
    ),
    "status": ("Only decisions with an action of this status.", _STATUS),
    "since": (
        "Only decisions recorded at or after this date or instant.",
        {"type": "string", "examples": ["2026-03-02", "2026-03-02T09:30:00Z"]},
    ),
}
ACTION_FILTERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "state": (
        "Only actions in this state; `waiting` is for a person to decide, `parked` could not be delivered.",
        {"type": "string", "enum": _STATE_NAMES, "default": states.WAITING},
    ),
    "limit": ("How many actions at most, the oldest first.", _LIMIT),
}


async def page(request: Request, caller: Caller) -> Response:
    """A page of decisions, the newest first."""
    service, asked = service_of(request), _read(request, FILTERS)
    since = _instant(asked.pop("since", None))
    found = await service.workers.run(_page, service.app.store, caller.tenant, asked)
    more = len(found) > asked["limit"]
    shown = [item for item in found[: asked["limit"]] if since is None or item.recorded_at >= since]
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
    if found is None:
        raise _unknown(wanted)
    return answer(found.decision)


def _one(store: Store, tenant: str, wanted: str) -> StoredDecision | None:
    with store.read() as reader:
        return kept_decisions.get(reader, tenant, wanted)


def _unknown(wanted: str) -> HttpProblem:
    return HttpProblem("not-found", f"there is no decision `{wanted[:80]}`")


async def actions(request: Request, caller: Caller) -> Response:
    """The actions in a state, the oldest first."""
    service, asked = service_of(request), _read(request, ACTION_FILTERS)
    found = await service.workers.run(_actions, service.app.store, caller.tenant, asked)
    return answer({"actions": [_told(item) for item in found]})


def _actions(store: Store, tenant: str, asked: dict[str, Any]) -> list[StoredAction]:
    with store.read() as reader:
        return outbox.in_state(reader, tenant, asked["state"], limit=asked["limit"])


def _told(item: StoredAction) -> dict[str, Any]:
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
    }


def _read(request: Request, filters: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The query's parameters by their schemas. Raises HttpProblem 400 naming the first that does not fit."""
    found = {name: schema["default"] for name, (_, schema) in filters.items() if "default" in schema}
    for name, text in request.query_params.multi_items():
        if name not in filters:
            known = ", ".join(f"`{each}`" for each in filters)
            raise HttpProblem("malformed-request", f"unknown parameter `{name[:80]}`; known here: {known}")
        found[name] = _value(name, text, filters[name][1])
    return found


def _value(name: str, text: str, schema: Mapping[str, Any]) -> Any:
    allowed = schema.get("enum")
    if allowed and text not in allowed:
        words = ", ".join(f"`{each}`" for each in allowed)
        raise HttpProblem("malformed-request", f"`{name}` must be one of {words}, not `{text[:80]}`")
    if schema["type"] == "integer":
        small = text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004  digits enough for any limit
        if not (small and schema["minimum"] <= int(text) <= schema["maximum"]):
            bounds = f"{schema['minimum']} to {schema['maximum']}"
            raise HttpProblem("malformed-request", f"`{name}` must be a whole number from {bounds}, not `{text[:80]}`")
        return int(text)
    if not text or len(text) > schema.get("maxLength", 200):
        raise HttpProblem("malformed-request", f"`{name}` must have 1 to {schema.get('maxLength', 200)} characters")
    return text


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_day_or_instant(text)
    except ValueError as error:
        raise HttpProblem("malformed-request", f"`since`: {error}") from None
