"""Every address of the service: what it takes, who may call it, and how the API description tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from careengine.people import KINDS
from careengine.people.answer import schema_of
from careengine.people.appealing import SCHEMA as APPEAL
from careengine.service import (
    about,
    actions,
    audit,
    decisions,
    deliveries,
    health,
    interactions,
    metrics,
    orders,
    overrides,
    tasks,
    webhooks,
)
from careengine.service.keys import ANYBODY
from careengine.service.openapi import reference
from careengine.service.queries import NUMBER
from careengine.service.roles import (
    AUDIT_READ,
    DECISIONS_READ,
    INTERACTIONS_WRITE,
    METRICS_READ,
    PARKED_SETTLE,
    TASKS_DECIDE,
    TASKS_READ,
)
from careengine.service.state import service_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from careengine.people import Kind
    from careengine.service.keys import Caller
    from careengine.service.queries import Parameters


def _json(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, description: str, schema: Mapping[str, Any], where: str = "query") -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": description,
        "schema": schema,
    }


def _query(known: Parameters) -> list[dict[str, Any]]:
    return [_parameter(name, text, schema) for name, (text, schema) in known.items()]


_TEXT, _OBJECT = {"type": "string"}, {"type": "object"}
_BATCH = {"type": "array", "items": reference("Interaction"), "minItems": 1, "maxItems": interactions.BATCH_LIMIT}
_ONE_OR_MORE = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    reference("Interaction"),
                    _BATCH,
                    {
                        "type": "object",
                        "required": ["interactions"],
                        "additionalProperties": False,
                        "properties": {"interactions": _BATCH},
                    },
                ]
            }
        }
    },
}
_ORDER = {"required": True, "content": {"application/json": {"schema": orders.SCHEMA}}}
_MANY = {"required": True, "content": {"application/json": {"schema": orders.MANY}}}
_SETTLED = {
    "type": "object",
    "required": ["settled"],
    "properties": {"settled": {"type": "integer", "minimum": 0, "description": "How many it were."}},
}
_DUPLICATE = {"description": "`true` when the event was known: the same answer, no second effect.", "schema": _TEXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address. `scope` is what a key must allow, None when no key is asked for.

    `of` says what it is about where one function serves several addresses.
    """

    method: str
    path: str
    call: Callable[[Request, Caller], Awaitable[Response]]
    scope: str | None
    summary: str
    operation: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    @property
    def name(self) -> str:
        """The operation's id in the API description."""
        return f"{self.of or self.call.__module__.rsplit('.', 1)[-1]}_{self.call.__name__}"

    def route(self) -> Route:
        """The route, guarded by the API key it needs."""
        return Route(self.path, _Guarded(self), methods=[self.method], name=self.name)


@dataclass(frozen=True, slots=True)
class _Guarded:
    """An endpoint as an ASGI application: Starlette would wrap a function twice, in nets that `Access` is already."""

    endpoint: Endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, caller = Request(scope, receive, send), ANYBODY
        if self.endpoint.scope is not None:
            service = service_of(request)
            caller = await service.keys.admit(request, self.endpoint.scope)
            service.door.rates.take(caller.actor)
        response = await self.endpoint.call(request, caller)
        await response(scope, receive, send)


def _page_of(names: str) -> dict[str, Any]:
    listed = {"type": "array", "items": _OBJECT}
    return _json(
        "A page. `next` is the `after` of the page that follows, null at the end.",
        {
            "type": "object",
            "required": [names, "next"],
            "properties": {names: listed, "next": {"type": ["string", "null"]}},
        },
    )


def _of_kind(kind: Kind) -> tuple[Endpoint, Endpoint, Endpoint]:
    """The addresses of one kind of what people decide: a list, one of it, and the answer to it."""
    address, which = f"/v1/{kind.names}", _parameter("id", f"The {kind.name}'s id.", _TEXT, "path")
    body = {"required": True, "content": {"application/json": {"schema": schema_of(kind)}}}
    return (
        Endpoint(
            method="GET",
            path=address,
            call=tasks.lister(kind),
            scope=TASKS_READ,
            summary=f"The {kind.names}. {kind.says}",
            operation={"parameters": _query(tasks.filters(kind)), "responses": {"200": _page_of(kind.names)}},
            of=kind.names,
        ),
        Endpoint(
            method="GET",
            path=f"{address}/{{id}}",
            call=tasks.shower(kind),
            scope=TASKS_READ,
            summary=f"One {kind.name}, and what people did about it.",
            operation={"parameters": [which], "responses": {"200": _json("How it is.", _OBJECT)}},
            of=kind.names,
        ),
        Endpoint(
            method="POST",
            path=f"{address}/{{id}}/decide",
            call=tasks.decider(kind),
            scope=TASKS_DECIDE,
            summary=f"Decide the {kind.name}, once, and do what follows.",
            operation={
                "parameters": [which],
                "requestBody": body,
                "responses": {"200": _json("How it is now.", _OBJECT)},
            },
            of=kind.names,
        ),
    )


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/interactions",
        call=interactions.handle,
        scope=INTERACTIONS_WRITE,
        summary="Decide, record and act: one interaction, or a batch of them.",
        operation={
            "requestBody": _ONE_OR_MORE,
            "responses": {
                "200": {
                    **_json("The decision on one interaction.", reference("Decision")),
                    "headers": {interactions.DUPLICATE: _DUPLICATE},
                },
                "207": _json("What became of each interaction of a batch.", reference("BatchAnswer")),
            },
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/decide",
        call=interactions.dry_run,
        scope=INTERACTIONS_WRITE,
        summary="Decide and keep nothing: a dry run.",
        operation={
            "requestBody": {"required": True, "content": {"application/json": {"schema": reference("Interaction")}}},
            "responses": {"200": _json("What the decision would be.", reference("Decision"))},
        },
    ),
    Endpoint(
        method="POST",
        path="/webhooks/{adapter}",
        call=webhooks.receive,
        scope=None,
        summary="A CRM's webhook: proven by its adapter, kept, acknowledged.",
        operation={
            "parameters": [_parameter("adapter", "The adapter's name in the settings.", _TEXT, "path")],
            "requestBody": {"content": {"*/*": {"schema": {}}}},
            "responses": {"2XX": {"description": "It is kept; the status and body are what the CRM expects."}},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/decisions",
        call=decisions.page,
        scope=DECISIONS_READ,
        summary="The decisions made, the newest first, a page at a time.",
        operation={
            "parameters": _query(decisions.FILTERS),
            "responses": {
                "200": _json(
                    "A page. `next` is the `after` of the page that follows, null at the end.",
                    {
                        "type": "object",
                        "required": ["decisions", "next"],
                        "properties": {
                            "decisions": {"type": "array", "items": reference("Decision")},
                            "next": {"type": ["string", "null"]},
                        },
                    },
                )
            },
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/decisions/{id}",
        call=decisions.one,
        scope=DECISIONS_READ,
        summary="One decision.",
        operation={
            "parameters": [_parameter("id", "The decision's id.", _TEXT, "path")],
            "responses": {"200": _json("The decision as it was answered.", reference("Decision"))},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/actions",
        call=actions.page,
        scope=DECISIONS_READ,
        summary="The actions of decisions, the oldest first: what awaits a person, what is parked, what was done.",
        operation={
            "parameters": _query(actions.FILTERS),
            "responses": {"200": _json("A page with what became of each. `next` is as for decisions.", _OBJECT)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/actions",
        call=actions.settle_all,
        scope=PARKED_SETTLE,
        summary="Try an adapter's parked actions again, or drop them: those of one cause, or of any.",
        operation={
            "requestBody": _MANY,
            "responses": {"200": _json("How many.", _SETTLED)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/actions/{id}",
        call=actions.settle,
        scope=PARKED_SETTLE,
        summary="Try a parked action again, or drop it.",
        operation={
            "parameters": [_parameter("id", "The action's id.", _TEXT, "path")],
            "requestBody": _ORDER,
            "responses": {"200": _json("The action as it is now.", _OBJECT)},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/deliveries",
        call=deliveries.page,
        scope=DECISIONS_READ,
        summary="What CRMs' webhooks brought, the oldest first, without what stands in it.",
        operation={
            "parameters": _query(deliveries.FILTERS),
            "responses": {"200": _json("A page with what became of each. `next` is as for decisions.", _OBJECT)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/deliveries",
        call=deliveries.settle_all,
        scope=PARKED_SETTLE,
        summary="Try an adapter's parked deliveries again, or drop them: those of one cause, or of any.",
        operation={
            "requestBody": _MANY,
            "responses": {"200": _json("How many.", _SETTLED)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/deliveries/{number}",
        call=deliveries.settle,
        scope=PARKED_SETTLE,
        summary="Try a parked delivery again, or drop it.",
        operation={
            "parameters": [_parameter("number", "The delivery's number.", NUMBER, "path")],
            "requestBody": _ORDER,
            "responses": {"200": _json("The delivery as it is now.", _OBJECT)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/overrides",
        call=overrides.keep,
        scope=TASKS_DECIDE,
        summary="Keep that somebody did otherwise than a rule said.",
        operation={
            "requestBody": {"required": True, "content": {"application/json": {"schema": overrides.BODY}}},
            "responses": {"200": _json("What was kept.", _OBJECT)},
        },
        of="tasks",
    ),
    Endpoint(
        method="GET",
        path="/v1/tasks",
        call=tasks.lister(None),
        scope=TASKS_READ,
        summary="What waits for people, whatever its kind; what is past its time first.",
        operation={"parameters": _query(tasks.filters(None)), "responses": {"200": _page_of("tasks")}},
        of="tasks",
    ),
    *(endpoint for kind in KINDS.values() for endpoint in _of_kind(kind)),
    Endpoint(
        method="GET",
        path="/v1/whoami",
        call=tasks.whoami,
        scope=TASKS_READ,
        summary="Who calls: the name in the audit, the scopes, and the roles of policies that they fill.",
        operation={"responses": {"200": _json("It is you.", _OBJECT)}},
    ),
    Endpoint(
        method="POST",
        path="/v1/restrictions/{id}/appeal",
        call=tasks.appeal,
        scope=TASKS_DECIDE,
        summary="Hand in a customer's appeal against a restriction; somebody hears it who had no part in it.",
        operation={
            "parameters": [_parameter("id", "The restriction's id, or that of its task.", _TEXT, "path")],
            "requestBody": {"required": True, "content": {"application/json": {"schema": APPEAL}}},
            "responses": {"200": _json("The appeal as it waits to be heard.", _OBJECT)},
        },
        of="restrictions",
    ),
    Endpoint(
        method="GET",
        path="/v1/audit",
        call=audit.page,
        scope=AUDIT_READ,
        summary="What people decided, the newest first: who, what, why, before and after.",
        operation={
            "parameters": _query(audit.FILTERS),
            "responses": {"200": _json("A page. `next` is as for decisions.", _OBJECT)},
        },
    ),
    Endpoint(
        method="GET",
        path="/healthz",
        call=health.live,
        scope=None,
        summary="Whether the process answers.",
        operation={"responses": {"200": _json("It does.", _OBJECT)}},
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        call=health.ready,
        scope=None,
        summary="Whether interactions can be taken, with the reasons.",
        operation={
            "responses": {"200": _json("They can.", _OBJECT), "503": _json("They cannot; `checks` says why.", _OBJECT)}
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
                "200": {"description": "All of them, as text.", "content": {"text/plain": {"schema": _TEXT}}},
            }
        },
    ),
    Endpoint(
        method="GET",
        path="/openapi.json",
        call=about.openapi,
        scope=None,
        summary="This description.",
        operation={"responses": {"200": _json("OpenAPI 3.1.", _OBJECT)}},
    ),
    Endpoint(
        method="GET",
        path="/",
        call=about.index,
        scope=None,
        summary="Where things are.",
        operation={"responses": {"200": _json("The addresses.", _OBJECT)}},
    ),
)
