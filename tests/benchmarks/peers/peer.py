"""What every engine in the comparison offers, and how the installed ones are found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from sys import path as places
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tests.benchmarks.rule import Rule, Test

SYMBOLS = {"is": "==", "is_not": "!=", "at_least": ">=", "at_most": "<="}

APART = Path(__file__).parents[3] / ".venv" / "apart"
"""Where the peer is whose module has the name of another one's."""

PEERS = (
    "zen-engine",
    "cedarpy",
    "cel-expr-python",
    "python-cel",
    "rule-engine",
    "json-logic-qubit",
    "panzi-json-logic",
    "clipspy",
    "business-rules",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rules that an engine has loaded.

    `shape` turns an event's fields into what the engine likes best and is not timed; `match` takes that, is timed,
    and gives the ids of the rules that match, each once, in any order.
    """

    match: Callable[[Any], Collection[str]]
    shape: Callable[[Mapping[str, Any]], Any] = dict


class Engine(Protocol):
    """An engine by its distribution's name and version."""

    @property
    def name(self) -> str:
        """The name in the tables."""
        ...

    @property
    def version(self) -> str:
        """The version that was measured."""
        ...

    def prepare(self, rules: Sequence[Rule]) -> Prepared:
        """Load the rules."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer that is installed."""

    name: str
    version: str
    prepare: Callable[[Sequence[Rule]], Prepared]


@cache
def peer(name: str) -> Peer | None:
    """The peer of that name, or None when it is not installed."""
    version = next((found.version for found in distributions(name=name, path=[*places, str(APART)])), None)
    if version is None:
        return None
    module = import_module(f"tests.benchmarks.peers.{name.replace('-', '_')}")
    return Peer(name, version, module.prepare)


def says(test: Test, value: str, symbols: Mapping[str, str] = SYMBOLS) -> str:
    """A comparison as most languages write it, with the value already written as the language wants it."""
    return f"{test.field} {symbols[test.operator]} {value}"
