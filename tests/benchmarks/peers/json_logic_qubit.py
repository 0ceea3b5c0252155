"""json-logic-qubit: the list of all rules in one call, which is a little faster than a call for each rule.

It interprets the rules' JSON on each call; there is nothing to compile. Its module is named like panzi-json-logic's,
so it is installed in a folder of its own and read from there.
"""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from itertools import compress
from typing import TYPE_CHECKING, Any

from tests.benchmarks.peers.json_logic import logic
from tests.benchmarks.peers.peer import APART, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.rule import Rule


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Write the rules as JsonLogic."""
    ids = [rule.id for rule in rules]
    everything = [logic(rule) for rule in rules]
    return Prepared(lambda event: list(compress(ids, _apply(everything, event))))


def _read() -> Callable[[Any, Mapping[str, Any]], Any]:
    spec = spec_from_file_location("json_logic_qubit", APART / "json_logic" / "__init__.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("`json-logic-qubit` is not installed")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[Any, Mapping[str, Any]], Any] = module.jsonLogic
    return found


_apply = _read()
