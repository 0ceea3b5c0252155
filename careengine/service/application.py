"""Puts the service together as an ASGI application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette

from careengine import resources
from careengine.errors import SettingsError
from careengine.service.access import Access
from careengine.service.door import Door, Rates
from careengine.service.health import Looks
from careengine.service.keys import Keys
from careengine.service.openapi import describe
from careengine.service.routes import ENDPOINTS
from careengine.service.state import Service
from careengine.service.watch import Watcher
from careengine.service.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.routing import Route
    from starlette.types import ASGIApp

    from careengine.app import App
    from careengine.service.oidc import People


def create(app: App) -> Starlette:
    """The service as an ASGI application. Its lifespan starts and stops the delivery workers and the rule watcher."""
    limits = app.settings.service
    rates = Rates(per_second=limits.rate_per_second, burst=limits.rate_burst)
    door = Door(most=limits.max_requests, rates=rates)
    asgi = _Application([endpoint.route() for endpoint in ENDPOINTS], door, limits.handle_seconds)
    asgi.router.redirect_slashes = False  # the redirect would be built from a header that the caller chose
    crew = Workers(threads=4, waiting=limits.max_requests)
    asgi.state.service = Service(
        app=app,
        door=door,
        workers=Workers(),
        checks=crew,
        probes=Workers(threads=1, waiting=8),
        looks=Looks(),
        keys=Keys(app, crew, _people(app)),
        endpoints=ENDPOINTS,
        openapi=_openapi(app),
    )
    asgi.state.watcher = Watcher(app.watched(), app.reload)
    return asgi


class _Application(Starlette):
    """Starlette without its two layers that catch exceptions: `Access` lies around everything and does it alone."""

    def __init__(self, routes: Sequence[Route], door: Door, seconds: float) -> None:
        self._door, self._seconds = door, seconds
        super().__init__(routes=routes, lifespan=_lifespan)

    def build_middleware_stack(self) -> ASGIApp:
        """What a request passes through."""
        return Access(self.router, door=self._door, seconds=self._seconds)


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
    service.keys.prepare()
    asgi.state.watcher.start()
    try:
        yield
    finally:
        asgi.state.watcher.stop()
        service.checks.close()
        service.workers.close()
        service.probes.close()
        service.app.stop(service.door.seconds_left(service.app.settings.service.grace_seconds))
