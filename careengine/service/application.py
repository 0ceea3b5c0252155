"""Puts the service together as an ASGI application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from careengine import resources
from careengine.errors import SettingsError
from careengine.service.access import Access
from careengine.service.door import Door, Rates
from careengine.service.health import Looks
from careengine.service.keys import Keys
from careengine.service.openapi import describe
from careengine.service.problems import HttpProblem
from careengine.service.routes import ENDPOINTS
from careengine.service.state import Service
from careengine.service.watch import Watcher
from careengine.service.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.service.oidc import People


def create(app: App) -> Starlette:
    """The service as an ASGI application. Its lifespan starts and stops the delivery workers and the rule watcher."""
    limits = app.settings.service
    rates = Rates(per_second=limits.rate_per_second, burst=limits.rate_burst)
    door = Door(most=limits.max_requests, rates=rates)
    asgi = Starlette(
        routes=[endpoint.route() for endpoint in ENDPOINTS],
        middleware=[Middleware(Access, door=door, seconds=limits.handle_seconds)],
        exception_handlers={HTTPException: _problem},
        lifespan=_lifespan,
    )
    asgi.router.redirect_slashes = False  # the redirect would be built from a header that the caller chose
    workers = Workers()
    asgi.state.service = Service(
        app=app,
        door=door,
        workers=workers,
        probes=Workers(threads=1, waiting=8),
        looks=Looks(),
        keys=Keys(app, workers, _people(app)),
        endpoints=ENDPOINTS,
        openapi=_openapi(app),
    )
    asgi.state.watcher = Watcher(app.watched(), app.reload)
    return asgi


def _people(app: App) -> People | None:
    if app.settings.oidc is None:
        return None
    try:
        module = import_module("careengine.service.oidc")
    except ModuleNotFoundError as error:
        raise SettingsError("`oidc` is set but cannot be used; `pip install 'careengine[oidc]'`") from error
    people: People = module.People(app.settings.oidc)
    return people


def _openapi(app: App) -> bytes:
    schemas = {"Interaction": app.schema, "Decision": resources.schema("decision")}
    return orjson.dumps(describe(ENDPOINTS, schemas))


@asynccontextmanager
async def _lifespan(asgi: Starlette) -> AsyncIterator[None]:
    service: Service = asgi.state.service
    service.app.start()
    asgi.state.watcher.start()
    try:
        yield
    finally:
        asgi.state.watcher.stop()
        service.workers.close()
        service.probes.close()
        service.app.stop(service.door.seconds_left(service.app.settings.service.grace_seconds))


async def _problem(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals: an unknown address, a method that an address does not take."""
    status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None)
    if status == 405:  # noqa: PLR2004  method not allowed
        allowed = (headers or {}).get("Allow", "")
        return HttpProblem("method-not-allowed", f"it takes {allowed}", headers={"Allow": allowed}).response()
    return HttpProblem("not-found", "nothing is here; `GET /` says where things are").response()
