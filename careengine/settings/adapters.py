"""Makes an adapter's options ready: secrets fetched, everything held against the adapter's own schema."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from referencing.exceptions import Unresolvable

from careengine.errors import SettingsError
from careengine.settings.addresses import WEB_ADDRESS, is_web_address
from careengine.settings.complaints import say
from careengine.settings.layers import is_reference
from careengine.settings.secrets import HOW, fetch
from careengine.settings.validate import faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.adapter import AdapterSpec
    from careengine.settings.records import AdapterSettings


class Options(dict[str, Any]):
    """Options whose printed form hides every value that came from a secret. Their values are plain."""

    def __init__(self, values: Mapping[str, Any], secrets: frozenset[tuple[str, ...]]) -> None:
        super().__init__(values)
        self._secrets = secrets

    def __repr__(self) -> str:
        return repr(_masked(self, (), self._secrets))

    __str__ = __repr__


def adapter_options(
    settings: AdapterSettings, spec: AdapterSpec, env: Mapping[str, str] = os.environ
) -> Mapping[str, Any]:
    """The options to make the adapter with: as written, over the schema's defaults, with secrets as plain text.

    Raises SettingsError with every mistake, each on its own line; a secret's value is in none of them.
    """
    defaults = {
        name: part["default"]
        for name, part in spec.settings_schema.get("properties", {}).items()
        if isinstance(part, dict) and "default" in part
    }
    options = _copied({**defaults, **settings.options})
    wrong = {path: said for path in sorted(spec.secrets) if (said := _fetch(settings, options, path, env))}
    complaints = [f"{_origin(settings, path)}: {said}" for path, said in wrong.items()]
    complaints += [
        f"{_origin(settings, place)}: {message}"
        for place, message in _schema_complaints(settings, spec, options)
        if place not in wrong
    ]
    complaints += [f"{_origin(settings, place)}: {message}" for place, message in _addresses(settings, options)]
    if complaints:
        raise SettingsError("\n".join(dict.fromkeys(complaints)))
    return Options(options, spec.secrets)


def _fetch(settings: AdapterSettings, options: dict[str, Any], path: Sequence[str], env: Mapping[str, str]) -> str:
    """Put the secret in the place of its reference; give the complaint, if there is one."""
    node: Any = options
    for key in path[:-1]:
        node = node.get(key)
        if not isinstance(node, dict):
            return ""  # not set, or of a wrong type, which the schema will say
    value = node.get(path[-1])
    if value is None:
        return ""
    name = _name(settings, path)
    if not is_reference(value):
        return f"`{name}` is a secret and must not stand in the settings; write {HOW}"
    try:
        node[path[-1]] = fetch(value, settings.origins[path[0]], env)
    except SettingsError as error:
        return f"`{name}` cannot be read: {error}"
    return ""


def _schema_complaints(
    settings: AdapterSettings, spec: AdapterSpec, options: Mapping[str, Any]
) -> list[tuple[tuple[str, ...], str]]:
    above = ("adapters", settings.name)
    try:
        return [
            (place[2:], message)
            for fault in faults(spec.settings_schema, options)
            for place, message in say(fault, above, secret=_holds_secret(spec, fault.path))
        ]
    except Unresolvable as error:
        raise SettingsError(f"the settings schema of adapter `{spec.name}` cannot be used: {error}") from error


def _holds_secret(spec: AdapterSpec, path: tuple[str, ...]) -> bool:
    return any(secret[: len(path)] == path for secret in spec.secrets)


def _addresses(settings: AdapterSettings, options: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Every option named as an address must be one, whatever the adapter's schema lets through."""
    return [
        ((name,), f"`{_name(settings, (name,))}` must be {WEB_ADDRESS}")
        for name, value in options.items()
        if (name == "url" or name.endswith("_url")) and isinstance(value, str) and not is_web_address(value)
    ]


def _copied(value: Any) -> Any:
    """A copy of the tables, so that a fetched secret never gets into the settings."""
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _masked(value: Any, path: tuple[str, ...], secrets: frozenset[tuple[str, ...]]) -> Any:
    if path in secrets:
        return "***"
    return (
        {key: _masked(item, (*path, key), secrets) for key, item in value.items()} if isinstance(value, dict) else value
    )


def _name(settings: AdapterSettings, path: Sequence[str]) -> str:
    return ".".join(("adapters", settings.name, *path))


def _origin(settings: AdapterSettings, path: Sequence[str]) -> str:
    known = settings.origins.get(path[0]) if path else None
    other = next(iter(settings.origins.values()), None)
    origin = known or other
    return origin.label if origin else "settings"
