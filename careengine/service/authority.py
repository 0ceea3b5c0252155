"""What an employee may give now without asking, and who is asked above that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.value import parse_instant
from careengine.people.authority import Asked, may
from careengine.service.problems import HttpProblem
from careengine.service.queries import ID, read_query
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.people.authority import May
    from careengine.service.keys import Caller
    from careengine.service.queries import Parameters
    from careengine.service.state import Service

FILTERS: Parameters = {
    "role": ("The employee's role; without it the one that the latest event says.", ID),
    "case": ("What is left on this case; without it on a new one.", ID),
    "customer": ("What is left for this customer; without it for a new one.", ID),
    "at": (
        "By the day of this instant, instead of now.",
        {"type": "string", "format": "date-time", "examples": ["2026-03-02T09:30:00Z"]},
    ),
}


async def one(request: Request, caller: Caller) -> Response:
    """What the employee may give."""
    service, employee, asked = service_of(request), request.path_params["employee"], read_query(request, FILTERS)
    wanted = Asked(employee=employee, **{**asked, "at": _instant(asked.get("at"), service)})
    found = await service.workers.run(_may, service, caller.tenant, wanted)
    return answer(found.to_json())


def _may(service: Service, tenant: str, wanted: Asked) -> May:
    with service.app.store.read() as reader:
        found = may(reader, tenant, service.app.policies(), wanted)
    if found is None:
        name = wanted.employee[:80]
        raise HttpProblem("not-found", f"no event says which role `{name}` has; name it with `role`")
    return found


def _instant(text: Any, service: Service) -> datetime:
    try:
        return service.app.clock() if text is None else parse_instant(text)
    except ValueError as error:
        raise HttpProblem("malformed-request", f"`at`: {error}") from None
