"""Whether the process answers, and whether interactions can be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.service.keys import Caller


async def live(_request: Request, _caller: Caller) -> Response:
    """The process answers."""
    return answer({"status": "ok"})


async def ready(request: Request, _caller: Caller) -> Response:
    """Whether interactions can be taken, check by check. Some checks only warn."""
    service = service_of(request)
    checks = await service.workers.run(service.app.checks)
    fine = all(check.ok for check in checks if check.needed)
    told = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return answer({"status": "ready" if fine else "not ready", "checks": told}, 200 if fine else 503)
