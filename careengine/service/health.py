"""Whether the process answers, and whether interactions can be taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from careengine.app import Check
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.service.keys import Caller
    from careengine.service.state import Service

_LEAVING = Check(name="service", ok=False, needed=True, detail="it was told to stop and finishes what is under way")
_SERVING = Check(name="service", ok=True, needed=True, detail="it takes requests")


async def live(_request: Request, _caller: Caller) -> Response:
    """The process answers."""
    return answer({"status": "ok"})


async def ready(request: Request, _caller: Caller) -> Response:
    """Whether interactions can be taken, check by check. Some checks only warn."""
    service = service_of(request)
    checks = [_LEAVING if service.door.leaving else _SERVING, *await service.looks.look(service)]
    fine = all(check.ok for check in checks if check.needed)
    told = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return answer({"status": "ready" if fine else "not ready", "checks": told}, 200 if fine else 503)


class Looks:
    """Looks at the application once for all who ask at the same time: anybody may ask, and each look writes."""

    def __init__(self) -> None:
        self._under_way: asyncio.Task[list[Check]] | None = None

    async def look(self, service: Service) -> list[Check]:
        """What is well and what is not."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(service.probes.run(service.app.checks))
        return await asyncio.shield(self._under_way)
