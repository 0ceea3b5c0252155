"""zen-engine: all rules as one compiled expression that gives a list of booleans; the event as JSON text.

It is the fastest form of those tried: one call for all rules instead of one for each (45 times slower at 1,000 rules),
booleans instead of ids or nothing, no filter inside, and the event as JSON, which it reads faster than a dictionary. A
decision table with the hit policy `collect`, its usual form, is 25 times slower at 1,000 rules. Which booleans
are true is found with `itertools.compress`.
"""

from __future__ import annotations

import json
from itertools import compress
from typing import TYPE_CHECKING

import zen

from tests.benchmarks.peers.peer import Prepared, says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.rule import Rule


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Compile one expression."""
    ids = [rule.id for rule in rules]
    expression = zen.compile_expression(f"[{', '.join(map(_expression, rules))}]")
    return Prepared(lambda event: list(compress(ids, expression.evaluate(event))), json.dumps)


def _expression(rule: Rule) -> str:
    return " and ".join(says(test, json.dumps(test.value)) for test in rule.tests)
