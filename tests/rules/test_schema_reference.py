"""schemas/README.md is the reference of all schemas and all fields: what it says is held against the schemas."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from careengine import resources
from careengine.model.catalogue import Catalogue
from careengine.policy.fields import site_catalogue

if TYPE_CHECKING:
    from pathlib import Path

SCHEMAS = resources.schema_path("policy").parent
README = (SCHEMAS / "README.md").read_text(encoding="utf-8")
NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))


def table(schema: dict[str, Any]) -> str:
    """The field catalogue as it must stand in the README."""
    lines = ["| field | type | what it is | example |", "|---|---|---|---|"]
    for field in Catalogue.from_schema(schema).fields.values():
        leaf = schema
        for part in field.path.split("."):
            leaf = leaf["properties"][part]
        allowed = f" One of {', '.join(f'`{value}`' for value in field.allowed)}." if field.allowed else ""
        unit = f" In {field.unit}." if field.unit and field.unit not in field.description.lower() else ""
        marks = " *Personal.*" * field.pii + " *Words: kept only if the settings say so.*" * field.words
        example = json.dumps(leaf["examples"][0], ensure_ascii=False)
        lines.append(f"| `{field.path}` | {field.type} | {field.description}{unit}{allowed}{marks} | `{example}` |")
    return "\n".join(lines)


def test_the_table_of_fields_is_the_interaction_schema() -> None:
    expected = table(resources.schema("interaction"))
    assert expected in README, f"put this table into schemas/README.md:\n{expected}"


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_named_with_its_id(name: str) -> None:
    schema = resources.schema(name)
    assert f"`{name}.schema.json`" in README
    assert schema["$id"] == f"urn:careengine:schema:{name}"
    assert f"`{schema['$id']}`" in README


def test_the_examples_are_an_interaction_and_fields_of_ones_own(tmp_path: Path) -> None:
    interaction, fields = re.findall(r"^```json\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "fields.json").write_text(fields, encoding="utf-8")
    site = site_catalogue(tmp_path / "fields.json")
    document = {**json.loads(interaction), "custom": {"contract_months": 24}}
    jsonschema.Draft202012Validator(site.schema).validate(document)
    assert site.catalogue.flatten(document)["custom.contract_months"] == 24


def test_every_key_of_the_catalogue_is_explained() -> None:
    used = {key for leaf in _objects(resources.schema("interaction")) for key in leaf if key.startswith("x-")}
    assert {key for key in used if f"`{key}`" not in README} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_property_has_a_title_and_a_description(name: str) -> None:
    poor = [
        key
        for schema in _objects(resources.schema(name))
        for key, leaf in _properties(schema)
        if not (leaf.get("title") and leaf.get("description"))
    ]
    assert poor == []


def test_every_field_has_a_phrase_and_an_example_that_fits() -> None:
    schema = resources.schema("interaction")
    for path, field in Catalogue.from_schema(schema).fields.items():
        leaf = schema
        for part in path.split("."):
            leaf = leaf["properties"][part]
        assert field.phrase, path
        assert Catalogue({path: field}).flatten(_nested(path, leaf["examples"][0])), path


def _properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or "if" in schema or "const" in json.dumps(properties):
        return []
    return [(key, leaf) for key, leaf in properties.items() if isinstance(leaf, dict)]


def _objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _objects(item)]
    if not isinstance(node, dict):
        return []
    below = [
        found for key, item in node.items() if key not in ("examples", "default", "if") for found in _objects(item)
    ]
    return [node, *below]


def _nested(path: str, value: Any) -> dict[str, Any]:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]  # a path has at least one part
