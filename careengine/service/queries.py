"""Reads a query's parameters by their schemas, of which the API description is made, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.service.problems import HttpProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    # Each parameter with what it means and its schema.
    Parameters = Mapping[str, tuple[str, Mapping[str, Any]]]

ID = {"type": "string", "minLength": 1, "maxLength": 200}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**18}
_SIZE = 200
_DIGITS = 19  # of the largest number above


def read_query(request: Request, known: Parameters) -> dict[str, Any]:
    """The query's parameters. Raises HttpProblem 400 naming the first that does not fit."""
    found = {name: schema["default"] for name, (_, schema) in known.items() if "default" in schema}
    for name, text in request.query_params.multi_items():
        if name not in known:
            names = ", ".join(f"`{each}`" for each in known)
            raise HttpProblem("malformed-request", f"unknown parameter `{name[:80]}`; known here: {names}")
        found[name] = _value(name, text, known[name][1])
    return found


def _value(name: str, text: str, schema: Mapping[str, Any]) -> Any:
    allowed = schema.get("enum")
    if allowed and text not in allowed:
        words = ", ".join(f"`{each}`" for each in allowed)
        raise HttpProblem("malformed-request", f"`{name}` must be one of {words}, not `{text[:80]}`")
    if schema["type"] == "integer":
        return _whole(name, text, schema["minimum"], schema["maximum"])
    if "\0" in text:  # no database can be asked for it
        raise HttpProblem("malformed-request", f"`{name}` must be text without the character U+0000")
    if not text or len(text) > schema.get("maxLength", _SIZE):
        raise HttpProblem("malformed-request", f"`{name}` must have 1 to {schema.get('maxLength', _SIZE)} characters")
    return text


def _whole(name: str, text: str, least: int, most: int) -> int:
    small = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    if not (small and least <= int(text) <= most):
        raise HttpProblem(
            "malformed-request", f"`{name}` must be a whole number from {least} to {most}, not `{text[:80]}`"
        )
    return int(text)


def page_of(found: Sequence[Any], limit: int) -> tuple[Sequence[Any], bool]:
    """A page out of one more than it holds, and whether another one follows."""
    return found[:limit], len(found) > limit
