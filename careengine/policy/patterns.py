"""What the patterns of a rule set take together, so that no text holds an event up, however many rules search it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest
from careengine.model.operators import steps
from careengine.model.policy import LIVE, SHADOW
from careengine.policy.analysis.tests_in import tests_in
from careengine.policy.limits import PATTERNS

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.policy.findings import Findings


@dataclass(slots=True)
class Patterns:
    """The patterns met so far, by event, field and text, and the steps of those of each event."""

    _met: set[tuple[str, str, str]] = field(default_factory=set)
    _steps: Counter[str] = field(default_factory=Counter)

    def add(self, policy: Policy, findings: Findings) -> None:
        """Count the patterns of a policy; the one with which an event has too many is an error at its place."""
        if policy.status in (LIVE, SHADOW):
            for test in tests_in(policy):
                if isinstance(test, FieldTest) and test.operator == "matches":
                    for event in sorted(policy.events):
                        self._add(event, test, findings)

    def _add(self, event: str, test: FieldTest, findings: Findings) -> None:
        one = (event, test.field.path, test.operand)
        if one in self._met:
            return
        self._met.add(one)
        before = self._steps[event]
        taken = self._steps[event] = before + steps(test.operand)
        if before <= PATTERNS.most < taken and findings.clean(test.pointer):
            message = f"with this one, the patterns for `{event}` take {taken:,} steps together; at most {PATTERNS} do"
            findings.add("CE404", test.pointer, message, "use `contains_any` for words, or name fewer `events`")
