"""The OpenAPI 3.1 description of the service, put together from our JSON Schemas and the table of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine import __version__
from careengine.service.problems import KINDS, MEDIA_TYPE, PREFIX
from careengine.service.roles import who_may

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from careengine.service.routes import Endpoint

_COMPONENTS = "#/components/schemas/"


def describe(endpoints: Iterable[Endpoint], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document. `schemas` are ours by component name, such as `Decision`; endpoints refer to them by it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "careengine",
            "version": __version__,
            "summary": "Answers every interaction with the care it is due, and why.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": _paths(endpoints),
        "components": {
            "schemas": {**components(schemas), "Problem": _PROBLEM, "BatchAnswer": _BATCH_ANSWER},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, `ce_<id>_<secret>`, or a token.",
                }
            },
        },
    }


def reference(name: str) -> dict[str, str]:
    """A reference to a component schema."""
    return {"$ref": _COMPONENTS + name}


def components(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Our schemas as components: `$defs` lifted beside them, every `$ref` pointing into the document."""
    names = {schema["$id"]: name for name, schema in schemas.items() if "$id" in schema}
    found: dict[str, Any] = {}
    for name, schema in schemas.items():
        plain = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "$defs"}}
        found[name] = _rewrite(plain, name, names)
        for part, definition in schema.get("$defs", {}).items():
            found[_part(name, part)] = _rewrite(definition, name, names)
    return found


def _part(name: str, definition: str) -> str:
    return f"{name}.{definition}"


def _rewrite(node: Any, name: str, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rewrite(item, name, names) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _target(value, name, names) if key == "$ref" and isinstance(value, str) else _rewrite(value, name, names)
        for key, value in node.items()
    }


def _target(target: str, name: str, names: Mapping[str, str]) -> str:
    document, _, pointer = target.partition("#")
    owner = names[document] if document else name
    if not pointer:
        return _COMPONENTS + owner
    if pointer.startswith("/$defs/"):
        first, _, rest = pointer.removeprefix("/$defs/").partition("/")
        return _COMPONENTS + _part(owner, first) + (f"/{rest}" if rest else "")
    return _COMPONENTS + owner + pointer


def _paths(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        operation: dict[str, Any] = {
            "operationId": endpoint.name,
            "summary": endpoint.summary,
            "security": [{"key": []}] if endpoint.scope else [],
            **endpoint.operation,
            "responses": {**endpoint.operation["responses"], "default": _PROBLEM_ANSWER},
        }
        if endpoint.scope:
            may = f"Needs a key with the scope `{endpoint.scope}`, or a person with the role {who_may(endpoint.scope)}."
            operation["description"] = may
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return paths


_PROBLEM_ANSWER = {"description": "A problem (RFC 9457).", "content": {MEDIA_TYPE: {"schema": reference("Problem")}}}
_PROBLEM = {
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [PREFIX + kind for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "id": {"type": "string", "description": "With 500: the name under which the log says more."},
        "role": {"type": "string", "description": "With 403 on a task: the role that decides it."},
        "state": {"type": "string", "description": "With 409 on a task: how it is now."},
        "changed": {
            "type": "array",
            "description": "With 409 on a task: what is so no longer, a sentence each.",
            "items": {"type": "string"},
        },
        "errors": {
            "type": "array",
            "description": "With 422: every fault, where it is (JSON pointer) and what was expected.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_BATCH_ANSWER = {
    "title": "Batch answer",
    "description": "What became of each interaction of a batch, in the order they were sent.",
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["status"],
                "properties": {
                    "status": {"type": "integer", "description": "The status this interaction alone would have got."},
                    "duplicate": {"type": "boolean"},
                    "decision": reference("Decision"),
                    "problem": reference("Problem"),
                },
            },
        }
    },
}
