"""Finds the installed plugins: the entry points of the group `careengine`, one distribution at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING

import structlog

from careengine.host.info import NAME, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "careengine"
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry point that was found, not yet imported. `fault` says why it cannot be used at all."""

    name: str
    distribution: str
    version: str
    entry: metadata.EntryPoint | None = None
    fault: str = ""


def discover() -> list[Found]:
    """Every plugin that is installed, in the order of names; of several with one name each carries the fault."""
    taken: dict[str, list[Found]] = defaultdict(list)
    for found in _everywhere():
        taken[found.name].append(found)
    return [_alone(found, taken[name]) for name in sorted(taken) for found in taken[name]]


def _alone(found: Found, namesakes: list[Found]) -> Found:
    if len(namesakes) == 1 or found.fault:
        return found
    owners = ", ".join(sorted(f"`{other.distribution}`" for other in namesakes))
    # Which one is meant nobody can tell, and the wrong one must not get the credentials of the right one.
    return replace(
        found, fault=f"the name `{found.name}` is brought more than once, by {owners}; uninstall all but one"
    )


def _everywhere() -> Iterator[Found]:
    seen: set[str] = set()
    for distribution in metadata.distributions():
        if not _declares_plugins(distribution):
            continue
        name = _label(distribution, "Name")
        if normalise(name) not in seen:  # a second copy further down the path is never imported
            seen.add(normalise(name))
            yield from _plugins(distribution, name, _label(distribution, "Version"))


def _declares_plugins(distribution: metadata.Distribution) -> bool:
    try:
        return f"[{GROUP}]" in (distribution.read_text("entry_points.txt") or "")
    except (OSError, UnicodeDecodeError):
        _LOG.warning("the entry points of a distribution cannot be read", distribution=_label(distribution, "Name"))
        return False


def _label(distribution: metadata.Distribution, key: str) -> str:
    try:
        return str(distribution.metadata[key] or "unknown")
    except Exception:  # noqa: BLE001  whatever is wrong with somebody's metadata, it only costs its label
        return "unknown"


def _plugins(distribution: metadata.Distribution, owner: str, version: str) -> Iterator[Found]:
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
    except Exception as error:  # noqa: BLE001  the parser raises whatever it trips over
        fault = f"its entry points cannot be read ({error}); install it again"
        yield Found(name=normalise(owner), distribution=owner, version=version, fault=fault)
        return
    for entry in entries:
        name = normalise(entry.name)
        fault = "" if NAME.fullmatch(name) else f"`{entry.name}` is not a name; write small letters, digits and hyphens"
        yield Found(name=name, distribution=owner, version=version, entry=entry, fault=fault)
