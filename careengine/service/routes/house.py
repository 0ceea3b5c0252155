"""The addresses about the service itself."""

from __future__ import annotations

from careengine.service import about, health, metrics
from careengine.service.roles import METRICS_READ
from careengine.service.routes.described import OBJECT, TEXT, json
from careengine.service.routes.endpoint import Endpoint

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/healthz",
        call=health.live,
        scope=None,
        summary="Whether the process answers.",
        operation={"responses": {"200": json("It does.", OBJECT)}},
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        call=health.ready,
        scope=None,
        summary="Whether interactions can be taken, with the reasons.",
        operation={
            "responses": {"200": json("They can.", OBJECT), "503": json("They cannot; `checks` says why.", OBJECT)}
        },
    ),
    Endpoint(
        method="GET",
        path="/metrics",
        call=metrics.scrape,
        scope=METRICS_READ,
        summary="Figures for Prometheus.",
        operation={
            "responses": {
                "200": {"description": "All of them, as text.", "content": {"text/plain": {"schema": TEXT}}},
            }
        },
    ),
    Endpoint(
        method="GET",
        path="/openapi.json",
        call=about.openapi,
        scope=None,
        summary="This description.",
        operation={"responses": {"200": json("OpenAPI 3.1.", OBJECT)}},
    ),
    Endpoint(
        method="GET",
        path="/",
        call=about.index,
        scope=None,
        summary="Where things are.",
        operation={"responses": {"200": json("The addresses.", OBJECT)}},
    ),
)
