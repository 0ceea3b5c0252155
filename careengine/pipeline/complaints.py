"""Says what was expected where an event does not fit its schema. What was found is never repeated."""

from __future__ import annotations

from difflib import get_close_matches
from functools import reduce
from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadProblem
from careengine.model.catalogue import EXPECTED
from careengine.model.pointer import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jsonschema_rs import ValidationError

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_LIMITS = {
    "minLength": "text of at least {} characters",
    "maxLength": "text of at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
    "maxProperties": "an object of at most {} members",
    "pattern": "text that matches `{}`",
    "format": "a valid {}",
}


def complaints(errors: Iterable[ValidationError], schema: Mapping[str, Any]) -> Iterator[PayloadProblem]:
    """Each fault in plain words, with its JSON pointer."""
    for error in errors:
        path = list(error.instance_path)
        node = _node(schema, path)
        keyword, value = error.kind.name, error.kind.value
        if keyword == "additionalProperties":
            for name in value:
                yield _problem([*path, name], _unknown(name, path, node))
        elif keyword == "required":
            yield _problem([*path, value], _missing(_child(node, value)))
        else:
            yield _problem(path, f"expected {_expected(keyword, value, node, error.instance)}")


def known_part(pointer: str, schema: Mapping[str, Any]) -> str:
    """The pointer down to the last member that the schema names; what follows are names that came in."""
    known, node = "", schema
    for part in pointer.split("/")[1:]:
        below = node.get("items") if part.isdecimal() else node.get("properties", {}).get(part)
        if not isinstance(below, dict):
            break
        known, node = f"{known}/{part}", below
    return known


def _node(schema: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    node = schema
    for part in path:
        node = _child(node, part)
    return node


def _child(node: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    below = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    below = node.get("additionalProperties") if below is None else below
    return below if isinstance(below, dict) else {}


def _unknown(name: str, path: Sequence[str | int], node: Mapping[str, Any]) -> str:
    known = node.get("properties", {})
    near = get_close_matches(name, known, n=1)
    if near:
        hint = f"; did you mean `{near[0]}`?"
    elif path[:1] == ["custom"]:
        hint = "; describe it in the file that the setting `rules.fields` names"
    else:
        hint = "; the company's own fields go into `custom`"
    return f"unknown field{hint}"


def _missing(node: Mapping[str, Any]) -> str:
    what = EXPECTED.get(node.get("x-type", "")) or _example(node)
    return f"is missing; expected {what}" if what else "is missing"


def _expected(keyword: str, value: Any, node: Mapping[str, Any], found: Any) -> str:
    by_field = EXPECTED.get(node.get("x-type", ""))
    if by_field and keyword in ("type", "pattern", "format"):
        return by_field
    if "enum" in node:
        return _one_of(node["enum"], found)
    if keyword == "type":
        return " or ".join(_TYPES[name] for name in ([value] if isinstance(value, str) else value))
    if keyword == "minLength" and value == 1:
        return "text that is not empty"
    unit = f" {node['x-unit']}" if "x-unit" in node and keyword.endswith("imum") else ""
    return _LIMITS.get(keyword, "something else here ({})").format(keyword if keyword not in _LIMITS else value) + unit


def _one_of(allowed: Sequence[Any], found: Any) -> str:
    words = [str(item) for item in allowed]
    near = get_close_matches(found, words, n=1) if isinstance(found, str) else ()
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"one of {', '.join(f'`{word}`' for word in words)}{hint}"


def _example(node: Mapping[str, Any]) -> str:
    examples = node.get("examples")
    return f"a value such as `{examples[0]}`" if examples else ""


def _problem(path: Sequence[str | int], message: str) -> PayloadProblem:
    return PayloadProblem(pointer=reduce(join, path, ""), message=message)
