"""A CRM's webhook: prove the sender, keep the delivery, acknowledge. Everything else comes after the answer."""

from __future__ import annotations

import hashlib
import string
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from careengine.errors import SignatureError, UnknownAdapterError
from careengine.model.adapter import NO_PROOF, WebhookRequest
from careengine.service.access import note
from careengine.service.bodies import read_body, require_shallow
from careengine.service.problems import HttpProblem
from careengine.service.state import service_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from careengine.app import App
    from careengine.model.adapter import Adapter
    from careengine.service.keys import Caller

_LONGEST_ID = 200
_PLAIN = frozenset(string.ascii_letters + string.digits + string.punctuation)

log = structlog.get_logger("careengine.webhooks")


async def receive(request: Request, _caller: Caller) -> Response:
    """Verify, keep and acknowledge one delivery; a repeated one is acknowledged again without effect."""
    service = service_of(request)
    name = request.path_params["adapter"]
    adapter = _adapter(service.app, name)
    note(request, adapter=name)
    body = await read_body(request, service.app.settings.service.max_body_bytes)
    webhook = WebhookRequest(
        method=request.method,
        url=_public_url(request, service.app.settings.service.public_url),
        headers=_headers(request),
        body=body,
    )
    return await service.workers.run(_take, request, service.app, name, adapter, webhook)


def _headers(request: Request) -> dict[str, str]:
    """By lower-case name; what stands twice is joined, so that no second signature can hide behind a first."""
    found: dict[str, str] = {}
    for raw_name, raw_value in request.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _adapter(app: App, name: str) -> Adapter:
    if name in app.broken_adapters:
        detail = f"the adapter `{name}` is out of order; send it again later"
        raise HttpProblem("unavailable", detail, headers={"Retry-After": "60"})
    if name not in app.adapters:
        raise UnknownAdapterError(f"no adapter `{name[:80]}` is configured")
    adapter, can = app.adapters[name]
    if can.webhook == NO_PROOF:  # anybody could have sent it
        raise UnknownAdapterError(f"the adapter `{name}` takes no webhooks: nothing proves who sends them")
    return adapter


def _public_url(request: Request, public_url: str | None) -> str:
    """The address as the sender knows it: signatures are made over it."""
    path = request.scope.get("raw_path", b"").decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    base = public_url.rstrip("/") if public_url else f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return f"{base}{path}?{query}" if query else f"{base}{path}"


def _take(request: Request, app: App, name: str, adapter: Adapter, webhook: WebhookRequest) -> Response:
    delivery = _delivery_id(_verify(name, adapter, webhook), webhook.body)
    require_shallow(webhook.body, app.settings.service.max_depth)  # after the proof: a stranger learns nothing
    fresh = app.keep_delivery(name, delivery, webhook)
    note(request, delivery=delivery, duplicate=not fresh)
    return _acknowledge(name, adapter, webhook)


def _verify(name: str, adapter: Adapter, webhook: WebhookRequest) -> str:
    try:
        return adapter.verify(webhook)
    except SignatureError:
        raise
    except Exception as error:
        # What an adapter stumbles over while it looks at a signature did not prove anybody.
        log.warning("adapter failed to verify", adapter=name, exc_info=error)
        raise SignatureError from error


def _delivery_id(given: object, body: bytes) -> str:
    """The adapter's id of the delivery; hashed when it cannot be kept as it is, the body's hash when there is none."""
    if not isinstance(given, str) or not given:
        return "sha256:" + hashlib.sha256(body).hexdigest()
    if len(given) > _LONGEST_ID or not _PLAIN.issuperset(given):
        return "sha256:" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
    return given


def _acknowledge(name: str, adapter: Adapter, webhook: WebhookRequest) -> Response:
    try:
        status, body = adapter.ack(webhook)
        return Response(body, _as_status(status), media_type=_media_type(body))
    except Exception as error:
        log.warning("adapter failed to acknowledge", adapter=name, exc_info=error)
        return Response(status_code=200)


def _as_status(status: int) -> int:
    return status if 200 <= status < 300 else 200  # noqa: PLR2004  it is kept, and only a success says so


def _media_type(body: bytes) -> str | None:
    if not body:
        return None
    return "application/json" if body.lstrip()[:1] in {b"{", b"["} else "text/plain"
