"""The addresses of what was decided, and of what became of it."""

from __future__ import annotations

from careengine.service import actions, decisions, deliveries, orders
from careengine.service.openapi import reference
from careengine.service.queries import NUMBER
from careengine.service.roles import DECISIONS_READ, PARKED_SETTLE
from careengine.service.routes.described import OBJECT, TEXT, body, json, parameter, query
from careengine.service.routes.endpoint import Endpoint

_ORDER = body(orders.SCHEMA)
_MANY = body(orders.MANY)
_SETTLED = {
    "type": "object",
    "required": ["settled"],
    "properties": {"settled": {"type": "integer", "minimum": 0, "description": "How many it were."}},
}


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/v1/decisions",
        call=decisions.page,
        scope=DECISIONS_READ,
        summary="The decisions made, the newest first, a page at a time.",
        operation={
            "parameters": query(decisions.FILTERS),
            "responses": {
                "200": json(
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
            "parameters": [parameter("id", "The decision's id.", TEXT, "path")],
            "responses": {"200": json("The decision as it was answered.", reference("Decision"))},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/actions",
        call=actions.page,
        scope=DECISIONS_READ,
        summary="The actions of decisions, the oldest first: what awaits a person, what is parked, what was done.",
        operation={
            "parameters": query(actions.FILTERS),
            "responses": {"200": json("A page with what became of each. `next` is as for decisions.", OBJECT)},
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
            "responses": {"200": json("How many.", _SETTLED)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/actions/{id}",
        call=actions.settle,
        scope=PARKED_SETTLE,
        summary="Try a parked action again, or drop it.",
        operation={
            "parameters": [parameter("id", "The action's id.", TEXT, "path")],
            "requestBody": _ORDER,
            "responses": {"200": json("The action as it is now.", OBJECT)},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/deliveries",
        call=deliveries.page,
        scope=DECISIONS_READ,
        summary="What CRMs' webhooks brought, the oldest first, without what stands in it.",
        operation={
            "parameters": query(deliveries.FILTERS),
            "responses": {"200": json("A page with what became of each. `next` is as for decisions.", OBJECT)},
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
            "responses": {"200": json("How many.", _SETTLED)},
        },
    ),
    Endpoint(
        method="POST",
        path="/v1/deliveries/{number}",
        call=deliveries.settle,
        scope=PARKED_SETTLE,
        summary="Try a parked delivery again, or drop it.",
        operation={
            "parameters": [parameter("number", "The delivery's number.", NUMBER, "path")],
            "requestBody": _ORDER,
            "responses": {"200": json("The delivery as it is now.", OBJECT)},
        },
    ),
)
