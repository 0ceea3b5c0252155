"""Somebody did otherwise than a rule said: kept against the rule, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.overriding import override
from careengine.service.access import note
from careengine.service.bodies import read_json
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.people.overriding import Overridden
    from careengine.service.keys import Caller


async def keep(request: Request, caller: Caller) -> Response:
    """Keep one; answers with it, and with the id of the question to the rule's owner, if it was escalated."""
    service = service_of(request)
    body = await read_json(request)
    app, now = service.app, service.app.clock()

    def work(transaction: Connection) -> Overridden:
        return override(transaction, caller.tenant, app.policies(), body, caller.actor, now)

    made = await service.workers.run(app.store.transact, work)
    note(request, policy=made.override.policy)
    return answer(made.to_json())
