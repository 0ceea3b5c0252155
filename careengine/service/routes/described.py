"""The parts that the API description says of addresses again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.service.queries import Parameters

TEXT, OBJECT = {"type": "string"}, {"type": "object"}


def json(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with a document."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A document that a call must bring."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def parameter(name: str, description: str, schema: Mapping[str, Any], where: str = "query") -> dict[str, Any]:
    """A parameter of an address."""
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": description,
        "schema": schema,
    }


def query(known: Parameters) -> list[dict[str, Any]]:
    """The filters of a list."""
    return [parameter(name, text, schema) for name, (text, schema) in known.items()]


def page_of(names: str) -> dict[str, Any]:
    """The answer with a page of a list."""
    listed = {"type": "array", "items": OBJECT}
    return json(
        "A page. `next` is the `after` of the page that follows, null at the end.",
        {
            "type": "object",
            "required": [names, "next"],
            "properties": {names: listed, "next": {"type": ["string", "null"]}},
        },
    )
