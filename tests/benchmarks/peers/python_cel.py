"""python-cel (CEL in Rust): all rules as one compiled list of booleans, one context an event.

One execution for all rules is twice as fast at 1,000 rules as one for each with a shared context, and filtering
inside the language is slower than `itertools.compress` outside.
"""

from __future__ import annotations

import json
from itertools import compress
from typing import TYPE_CHECKING, Any

import cel

from tests.benchmarks.peers.peer import Prepared, says

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.rule import Rule


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Compile one program."""
    ids = [rule.id for rule in rules]
    program = cel.Program(f"[{', '.join(map(_expression, rules))}]")

    def match(event: Mapping[str, Any]) -> list[str]:
        return list(compress(ids, program.execute(cel.Context(event))))

    return Prepared(match)


def _expression(rule: Rule) -> str:
    return " && ".join(says(test, json.dumps(test.value)) for test in rule.tests)
