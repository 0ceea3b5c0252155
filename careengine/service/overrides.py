"""Somebody did otherwise than a rule said: kept against the rule, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.people.overriding import LONGEST_ID, LONGEST_NAME, LONGEST_REASON, override
from careengine.service.access import note
from careengine.service.bodies import parse_json, read_body, require_json
from careengine.service.state import answer, service_of
from careengine.store.overrides import DEEDS

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.people.overriding import Overridden
    from careengine.service.keys import Caller

_TEXT = {"type": "string", "pattern": r"[^\s\x1c-\x1f\x85]"}
BODY: dict[str, Any] = {
    "type": "object",
    "required": ["decision", "policy", "did", "reason"],
    "additionalProperties": False,
    "properties": {
        "decision": {**_TEXT, "maxLength": LONGEST_ID, "description": "The id of the decision."},
        "policy": {
            **_TEXT,
            "maxLength": LONGEST_ID,
            "description": "The rule that was not followed; it had a say in the decision.",
        },
        "did": {"type": "string", "enum": list(DEEDS), "description": "Said no, gave something else, or acted anyway."},
        "reason": {**_TEXT, "maxLength": LONGEST_REASON, "description": "Why; it is kept."},
        "exception": {**_TEXT, "maxLength": LONGEST_NAME, "description": "A short name by which cases are counted."},
        "escalate": {"type": "boolean", "default": False, "description": "Also ask the rule's owner what follows."},
    },
}


async def keep(request: Request, caller: Caller) -> Response:
    """Keep one; answers with it, and with the id of the question to the rule's owner, if it was escalated."""
    service = service_of(request)
    require_json(request)
    limits = service.app.settings.service
    body = parse_json(await read_body(request, limits.max_body_bytes), limits.max_depth)
    app, now = service.app, service.app.clock()

    def work(transaction: Connection) -> Overridden:
        return override(transaction, caller.tenant, app.policies(), body, caller.actor, now)

    made = await service.workers.run(app.store.transact, work)
    note(request, policy=made.override.policy)
    return answer(made.to_json())
