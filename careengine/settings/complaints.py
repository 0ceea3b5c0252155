"""What is wrong with settings, in words that help the person who mends them. Values of secrets are never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from careengine.settings.addresses import WEB_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONG = 80
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One place that does not fit its schema: the keyword that failed, its value there, and what was found."""

    path: tuple[str, ...]
    keyword: str
    limit: Any
    schema: Mapping[str, Any]
    found: Any
    is_name: bool = False  # the name of a table is wrong, not what is in it


def say(fault: Fault, above: Sequence[str], *, secret: bool = False) -> Iterator[tuple[tuple[str, ...], str]]:
    """The place of each mistake in one fault (below `above`) and its message. Of a secret no value is shown."""
    path = (*above, *fault.path)
    if fault.is_name:
        path = (*path, str(fault.found))
        yield path, f"`{dotted(path)}` is not a name; write {_expects(fault.schema)}"
    elif fault.keyword == "additionalProperties":
        for key in _strangers(fault.found, fault.schema):
            yield (*path, key), _unknown(path, key, fault.schema)
    elif fault.keyword == "required":
        for key in fault.limit:
            if key not in fault.found:
                yield (*path, key), f"`{dotted((*path, key))}` is missing{_described(fault.schema, key)}"
    else:
        shown = "" if secret else _shown(fault.found)
        yield path, f"`{dotted(path)}` must be {_must(fault)}{shown}{_quotes(fault)}"


def dotted(path: Sequence[str]) -> str:
    """A place as people write it: `service.port`."""
    return ".".join(path)


def _strangers(table: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    patterns = schema.get("patternProperties", {})
    unknown = set(table) - set(schema.get("properties", {}))
    return sorted(key for key in unknown if not any(re.search(pattern, key) for pattern in patterns))


def _unknown(path: Sequence[str], key: str, schema: Mapping[str, Any]) -> str:
    known = schema.get("properties", {})
    names = ", ".join(f"`{name}`" for name in known)
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean `{dotted((*path, near[0]))}`?" if near else f"known here: {names or 'none'}"
    return f"unknown setting `{dotted((*path, key))}`; {hint}"


def _described(schema: Mapping[str, Any], key: str) -> str:
    part = schema.get("properties", {}).get(key)
    return f": {part['description']}" if isinstance(part, dict) and "description" in part else ""


def _must(fault: Fault) -> str:
    limit = fault.limit
    bound = f"{limit} {fault.schema.get('x-unit', '')}".strip()
    match fault.keyword:
        case "type":
            return " or ".join(_TYPES.get(name, name) for name in ([limit] if isinstance(limit, str) else limit))
        case "enum":
            return "one of " + ", ".join(f"`{_toml(item)}`" for item in limit)
        case "const":
            return f"`{_toml(limit)}`"
        case "pattern":
            return _expects(fault.schema) or f"text that fits the pattern `{limit}`"
        case "format":
            return WEB_ADDRESS if limit == "uri" else _expects(fault.schema) or f"a valid {limit}"
    said = {
        "minimum": f"at least {bound}",
        "maximum": f"at most {bound}",
        "exclusiveMinimum": f"more than {bound}",
        "exclusiveMaximum": f"less than {bound}",
        "minLength": "at least one character" if limit == 1 else f"at least {limit} characters",
        "maxLength": f"at most {limit} characters",
        "minItems": f"a list of at least {limit}",
        "maxItems": f"a list of at most {limit}",
    }
    return said.get(fault.keyword, f"as its schema has it (`{fault.keyword}`)")


def _expects(schema: Mapping[str, Any]) -> str:
    """What a value that failed its pattern should look like, if the schema says so."""
    if expects := schema.get("x-expects"):
        return str(expects)
    examples = schema.get("examples")
    return f"written like `{_toml(examples[0])}`" if examples else ""


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return ", not a table" if isinstance(value, dict) else ", not a list"
    kind = "the date or time " if isinstance(value, (date, time)) else ""
    return f", not {kind}`{_toml(value)}`"


def _quotes(fault: Fault) -> str:
    plain = isinstance(fault.found, (int, float, date, time))
    return "; put it in quotes" if fault.keyword == "type" and fault.limit == "string" and plain else ""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value if len(value) <= _LONG else value[:_LONG] + "…"}"'
    return str(value)
