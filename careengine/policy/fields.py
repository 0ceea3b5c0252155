"""The company's own fields: a fragment of the interaction schema, checked and merged into `custom`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.errors import PolicyError
from careengine.model.catalogue import Catalogue
from careengine.model.pointer import join
from careengine.policy.document import Document, scan
from careengine.policy.findings import Findings
from careengine.policy.grammar import grammar
from careengine.policy.suggest import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_WRAPPING = ("$schema", "$id", "title", "description", "type", "additionalProperties", "properties")
_TAGS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}, "maxItems": 200}
_JSON: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string", "minLength": 1, "maxLength": 1000},
    "category": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "instant": {"type": "string", "$ref": "#/$defs/instant"},
    "money": {"type": "string", "$ref": "#/$defs/money"},
    "tags": _TAGS,
}
# Which types a key is for.
_KEYS = {
    "enum": ("category",),
    "minimum": ("number", "integer"),
    "maximum": ("number", "integer"),
    "maxLength": ("text",),
    "x-unit": ("number", "integer"),
}


@dataclass(frozen=True, slots=True)
class SiteFields:
    """What an interaction looks like at this site: the catalogue for rules, the JSON Schema for events."""

    catalogue: Catalogue
    schema: Mapping[str, Any]


def site_catalogue(fragment: Path | None) -> SiteFields:
    """The fields of careengine and those of a site's fragment (None: none). Raises PolicyError with every problem."""
    return _shipped() if fragment is None else _merged(_read(fragment))


@cache
def _shipped() -> SiteFields:
    schema = resources.schema("interaction")
    return SiteFields(Catalogue.from_schema(schema), schema)


def _merged(own: Mapping[str, Mapping[str, Any]]) -> SiteFields:
    shipped = resources.schema("interaction")
    custom = shipped["properties"]["custom"] | {"properties": own}
    schema = shipped | {"properties": shipped["properties"] | {"custom": custom}}
    return SiteFields(Catalogue.from_schema(schema), schema)


def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    document, problems = scan(path)
    if document is None:
        raise PolicyError(problems)
    findings = Findings(document, problems)
    findings = Findings(_unwrapped(findings), findings.problems)
    grammar("fields").check(findings)
    fields = findings.document.value
    if isinstance(fields, dict):
        for name, field in fields.items():
            _check(findings, name, field)
    if findings.fatal:
        raise PolicyError(sorted(findings.problems, key=lambda problem: (problem.line, problem.column)))
    return {name: {**_JSON[field["x-type"]], **field} for name, field in fields.items()}


def _unwrapped(findings: Findings) -> Document:
    """The fields alone, also when they stand in a JSON Schema under `properties`."""
    document = findings.document
    inside = document.root.parts.get("properties")
    if inside is None or not isinstance(inside.value, dict) or "x-type" in inside.value:
        return document
    for key in document.root.parts:
        if key not in _WRAPPING:
            hint = did_you_mean(key, _WRAPPING)
            findings.add("CE201", join("", key), f"unknown key {shown(key)}", hint, at_key=True)
    return Document(document.source, inside)


def _check(findings: Findings, name: str, field: Any) -> None:
    pointer = join("", name)
    if not _NAME.fullmatch(name):
        hint = "use small letters, digits and `_`, such as `months_left`"
        findings.add("CE205", pointer, f"{shown(name)} cannot be the name of a field", hint, at_key=True)
    kind = str(field.get("x-type")) if isinstance(field, dict) else ""
    if kind not in _JSON or not findings.clean(join(pointer, "x-type")):
        return
    for key, kinds in _KEYS.items():
        if key in field and kind not in kinds:
            message = f"`{key}` does not go with `x-type: {kind}`"
            findings.add("CE318", join(pointer, key), message, "delete it, or mend `x-type`", at_key=True)
    if "type" in field and field["type"] != _JSON[kind]["type"]:
        message = f"`type: {field['type']}` does not go with `x-type: {kind}`"
        findings.add("CE318", join(pointer, "type"), message, "delete `type`; `x-type` says enough", at_key=True)
