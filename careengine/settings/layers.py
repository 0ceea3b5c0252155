"""Reads the three layers of settings (file, environment, flags) and lays them over each other."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_FILE = "careengine.toml"
PREFIX = "CAREENGINE_"
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_QUOTED = re.compile(r"\(?'([^']*)',?\)?")

Dotted = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a setting was read, for people, the folder that its relative paths count from, and who else reads there."""

    label: str
    folder: Path
    may_hold_secrets: bool = False


@dataclass(slots=True)
class Layers:
    """The settings as one tree, and the origin of each leaf; what is not set counts as from `base`."""

    base: Origin
    document: dict[str, Any] = field(default_factory=dict)
    origins: dict[Dotted, Origin] = field(default_factory=dict)

    def lay(self, path: Dotted, value: Any, origin: Origin) -> None:
        """Put a value over what is there: tables are merged, everything else is replaced."""
        if isinstance(value, dict) and value and not is_reference(value):
            for key, item in value.items():
                self.lay((*path, key), item, origin)
            return
        node = self.document
        for key in path[:-1]:
            below = node.setdefault(key, {})
            if not isinstance(below, dict):  # a plain value stands where a table must be: the later layer wins
                below = node[key] = {}
            node = below
        node[path[-1]] = value
        self.origins = {known: at for known, at in self.origins.items() if known[: len(path)] != path}
        self.origins[path] = origin

    def origin(self, path: Dotted) -> Origin:
        """Where a setting, or something in or above it, was read."""
        for length in range(len(path), 0, -1):
            for known, origin in reversed(self.origins.items()):
                if known[:length] == path[:length]:
                    return origin
        return self.base


def is_reference(value: Any) -> bool:
    """Whether this is how a secret is written: `{env = "NAME"}` or `{file = "path"}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    [(kind, where)] = value.items()
    return kind in ("env", "file") and isinstance(where, str)


def read_layers(path: Path | None, env: Mapping[str, str], flags: Mapping[str, Any]) -> Layers:
    """Read all layers. Without `path` the file is `careengine.toml` here, if there is one. Raises SettingsError."""
    here = Path.cwd()
    default = Path(DEFAULT_FILE)
    chosen = path if path is not None or not default.exists() else default
    layers = _from_file(chosen) if chosen is not None else Layers(base=Origin(label="the defaults", folder=here))
    for name, dotted, value in _from_environment(env, _secret_names(layers.document)):
        origin = Origin(label=f"environment variable `{name}`", folder=here, may_hold_secrets=True)
        layers.lay(dotted, value, origin)
    for name, value in flags.items():
        if value is not None:  # an option that was not given
            layers.lay(tuple(name.split(".")), _plain(value), Origin(label="the command line", folder=here))
    return layers


def _plain(value: Any) -> Any:
    """A flag as TOML would have it: a command line gives paths and tuples."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _from_file(path: Path) -> Layers:
    layers = Layers(base=Origin(label=str(path), folder=path.absolute().parent))
    for key, value in _read_file(path).items():
        layers.lay((key,), value, layers.base)
    return layers


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: there is no such settings file; `careengine init` writes one") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: the settings file is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SettingsError(f"{path}: the settings file cannot be read: {why}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax(path, text, str(error))) from error
    except RecursionError as error:
        raise SettingsError(f"{path}: the settings file is nested too deeply") from error


def _syntax(path: Path, text: str, message: str) -> str:
    lines = text.split("\n")
    found = _PLACE.search(message)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
    said = _QUOTED.sub(r"`\1`", _PLACE.sub("", message))
    # The line may hold a secret, so only what stands before the `=` is shown.
    shown = lines[line - 1].partition("=")[0].strip()
    near = f", near `{shown}`" if shown else ""
    return f"{path}:{line}:{column}: not valid TOML: {said[:1].lower()}{said[1:]}{near}"


def _from_environment(env: Mapping[str, str], secrets: frozenset[str]) -> Iterator[tuple[str, Dotted, Any]]:
    for name in sorted(env):
        # What a secret is read from is not itself a setting; an empty value means not set, as compose files write it.
        if not name.startswith(PREFIX) or name in secrets or not env[name]:
            continue
        dotted = tuple(part.lower() for part in name[len(PREFIX) :].split("__"))
        if dotted[0] == "adapters" and len(dotted) > 1:
            dotted = (dotted[0], dotted[1].replace("_", "-"), *dotted[2:])
        yield name, dotted, _value(dotted, env[name])


def _value(dotted: Dotted, text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    value = parsed["value"] if set(parsed) == {"value"} else text
    wants_text = _described(dotted).get("type") == "string"
    return text if wants_text and not isinstance(value, str) else value


def _described(dotted: Dotted) -> Mapping[str, Any]:
    node: Mapping[str, Any] = resources.schema("settings")
    for part in dotted:
        node = node.get("properties", {}).get(part) or {}
    return node


def _secret_names(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset([*_env_names(document.get("adapters")), *_env_names(document.get("store"))])


def _env_names(node: Any) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    if is_reference(node) and "env" in node:
        yield node["env"]
    for below in node.values():
        yield from _env_names(below)
