"""json-logic-qubit: a call for each rule, which is faster than collecting all of them within the language.

It interprets the rules' JSON on each call; there is nothing to compile. Its module is named like panzi-json-logic's,
so it is installed in a folder of its own and read from there.
"""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from tests.benchmarks.peers.json_logic import logic
from tests.benchmarks.peers.peer import APART, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.rule import Rule


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Write the rules as JsonLogic."""
    written = [(rule.id, logic(rule)) for rule in rules]

    def match(event: Mapping[str, Any]) -> list[str]:
        return [number for number, rule in written if _apply(rule, event)]

    return Prepared(match)


def _read() -> Callable[[Any, Mapping[str, Any]], Any]:
    spec = spec_from_file_location("json_logic_qubit", APART / "json_logic" / "__init__.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("`json-logic-qubit` is not installed")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[Any, Mapping[str, Any]], Any] = module.jsonLogic
    return found


_apply = _read()
