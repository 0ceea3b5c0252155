"""The addresses at which things come in."""

from __future__ import annotations

from careengine.service import interactions, webhooks
from careengine.service.openapi import reference
from careengine.service.roles import INTERACTIONS_WRITE
from careengine.service.routes.described import TEXT, body, json, parameter
from careengine.service.routes.endpoint import Endpoint

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
_DUPLICATE = {"description": "`true` when the event was known: the same answer, no second effect.", "schema": TEXT}


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
                    **json("The decision on one interaction.", reference("Decision")),
                    "headers": {interactions.DUPLICATE: _DUPLICATE},
                },
                "207": json("What became of each interaction of a batch.", reference("BatchAnswer")),
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
            "requestBody": body(reference("Interaction")),
            "responses": {"200": json("What the decision would be.", reference("Decision"))},
        },
    ),
    Endpoint(
        method="POST",
        path="/webhooks/{adapter}",
        call=webhooks.receive,
        scope=None,
        summary="A CRM's webhook: proven by its adapter, kept, acknowledged.",
        operation={
            "parameters": [parameter("adapter", "The adapter's name in the settings.", TEXT, "path")],
            "requestBody": {"content": {"*/*": {"schema": {}}}},
            "responses": {"2XX": {"description": "It is kept; the status and body are what the CRM expects."}},
        },
    ),
)
