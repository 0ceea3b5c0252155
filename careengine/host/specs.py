"""Checks what plugins bring: adapter specs and rule packs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from careengine.errors import PluginError
from careengine.host.info import NAME, normalise
from careengine.model.adapter import CONCURRENCY, IDEMPOTENCY, WEBHOOK, AdapterSpec, Capabilities, RulePack
from careengine.model.decision import ACTION_TYPES

Item = TypeVar("Item", AdapterSpec, RulePack)


def checked_adapters(given: object) -> list[AdapterSpec]:
    """The adapter specs with their names normalised. Raises PluginError."""
    specs = [_checked(spec) for spec in _items(given, AdapterSpec, "careengine_adapters")]
    names = [spec.name for spec in specs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PluginError(f"adapter `{twice[0]}` is brought twice; give each its own name")
    return specs


def checked_packs(given: object) -> list[RulePack]:
    """The rule packs. Raises PluginError."""
    packs = _items(given, RulePack, "careengine_rule_packs")
    for pack in packs:
        if not Path(pack.folder).is_dir():
            raise PluginError(f"rule pack `{pack.name}`: `{pack.folder}` is not a folder")
    return packs


def _items(given: object, kind: type[Item], hook: str) -> list[Item]:
    if given is None:
        return []
    items: list[Any] = list(given) if isinstance(given, Iterable) else [given]
    for item in items:
        if not isinstance(item, kind):
            raise PluginError(f"`{hook}` must give a list of `careengine.{kind.__name__}`, not `{item!r:.80}`")
    return items


def _checked(spec: AdapterSpec) -> AdapterSpec:
    name = normalise(str(spec.name))
    if not NAME.fullmatch(name):
        raise PluginError(f"`{spec.name}` is not an adapter's name; write small letters, digits and hyphens")
    if not callable(spec.create):
        raise PluginError(f"adapter `{name}`: `create` must be something to call")
    _check_capabilities(name, spec.capabilities)
    _check_schema(name, spec)
    return replace(spec, name=name)


def _check_capabilities(name: str, can: Capabilities) -> None:
    if not isinstance(can, Capabilities):
        raise PluginError(f"adapter `{name}`: `capabilities` must be `careengine.Capabilities`")
    if unknown := sorted(set(can.actions) - set(ACTION_TYPES)):
        raise PluginError(f"adapter `{name}`: unknown action `{unknown[0]}`; there are {', '.join(ACTION_TYPES)}")
    for aspect, words in (("concurrency", CONCURRENCY), ("idempotency", IDEMPOTENCY), ("webhook", WEBHOOK)):
        if (word := getattr(can, aspect)) not in words:
            raise PluginError(f"adapter `{name}`: `{aspect}` cannot be `{word}`; it is one of {', '.join(words)}")


def _check_schema(name: str, spec: AdapterSpec) -> None:
    schema = spec.settings_schema
    if not isinstance(schema, dict) or not _is_json(schema):
        raise PluginError(f"adapter `{name}`: its settings schema must be a JSON object")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/" + "/".join(str(part) for part in error.absolute_path)
        raise PluginError(f"adapter `{name}`: its settings schema is wrong at `{place}`: {error.message}") from error
    if schema.get("type") != "object":
        raise PluginError(f'adapter `{name}`: its settings schema must say `"type": "object"`')
    if "type" in schema.get("properties", {}):
        raise PluginError(
            f"adapter `{name}`: an option cannot be called `type`; settings use it for the adapter's kind"
        )
    if _marks(schema) != len(spec.secrets):
        raise PluginError(
            f'adapter `{name}`: `"x-secret": true` must stand on an option that is written out under `properties`'
        )


def _is_json(schema: dict[str, Any]) -> bool:
    try:
        json.dumps(schema)
    except (TypeError, ValueError):
        return False
    return True


def _marks(node: Any) -> int:
    """How often a schema marks a secret, wherever that is."""
    if isinstance(node, Mapping):
        return bool(node.get("x-secret")) + sum(_marks(item) for item in node.values())
    return sum(_marks(item) for item in node) if isinstance(node, (list, tuple)) else 0
