"""The figures of the service in the words of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import Response

from careengine.app.gauges import Gauges
from careengine.service.state import service_of
from careengine.telemetry import metrics

if TYPE_CHECKING:
    from starlette.requests import Request

    from careengine.app import App
    from careengine.service.keys import Caller


async def scrape(request: Request, _caller: Caller) -> Response:
    """Everything that was counted by all workers, and what is so at the moment."""
    service = service_of(request)
    return Response(await service.probes.run(_figures, service.app), media_type=CONTENT_TYPE_LATEST)


def _figures(app: App) -> bytes:
    state = CollectorRegistry()
    state.register(Gauges(app))
    return generate_latest(metrics.counted()) + generate_latest(state)
