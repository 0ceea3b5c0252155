"""Wherever the form of a rule file has a role, `check` compares it with those that somebody fills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.policy import loader
from careengine.policy.document import read_document
from careengine.policy.fields import site_catalogue
from tests.policy.bench import AS_OF, BASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.policy.bench import Bench

ROLE = "^[a-z][a-z0-9-]{0,62}$"  # no other text of a rule file has this form
SCHEMA = resources.schema("policy")
STARTERS = {path.stem: path for path in resources.rules_folder().glob("*/*.yaml") if not path.stem.endswith(".test")}


def _places(schema: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Where the form of a rule file has a role; `*` is any number."""
    if schema.get("pattern") == ROLE:
        yield at
    for name, one in schema.get("properties", {}).items():
        yield from _places(one, f"{at}/{name}")
    if "items" in schema:
        yield from _places(schema["items"], f"{at}/*")


PLACES = set(_places(SCHEMA))


def _leaves(value: Any, at: str = "") -> Iterator[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield at
    for name, one in inside or ():
        yield from _leaves(one, f"{at}/{name}")


def _general(place: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/*", place)


def _written(path: Path) -> list[str]:
    """The places of a file that hold a role, in rows, too."""
    document = read_document(path).value
    found = [place for place in _leaves(document) if _general(place) in PLACES]
    table = document.get("table", {"inputs": [], "outputs": [], "rows": []})
    for column, output in enumerate(table["outputs"], len(table["inputs"])):
        if f"/{output.replace('.', '/')}" in PLACES:
            found += [f"/table/rows/{row}/{column}" for row in range(len(table["rows"]))]
    return sorted(found)


def _compared(path: Path) -> list[str]:
    found = loader.check([path], site_catalogue(None).catalogue, as_of=AS_OF, roles=["no-such-role"])
    return sorted(problem.pointer for problem in found if problem.code == "CE717")


@pytest.mark.parametrize("kind", sorted(BASES))
def test_of_every_kind_every_role_is_compared(bench: Bench, kind: str) -> None:
    path = bench.policy(kind=kind)
    assert _compared(path) == _written(path)


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_of_every_starter_policy_every_role_is_compared(name: str) -> None:
    assert _compared(STARTERS[name]) == _written(STARTERS[name])


def test_each_of_these_places_was_seen(bench: Bench) -> None:
    paths = [*STARTERS.values(), *(bench.policy(kind=kind) for kind in BASES)]
    assert {_general(place) for path in paths for place in _written(path)} >= PLACES
