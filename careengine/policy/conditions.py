"""Builds the condition tree of a policy and reports every condition that makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.condition import OPERATORS, AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.pointer import join
from careengine.policy.contradiction import warn_of_contradictions
from careengine.policy.field_names import OWING, find_field, refuse_conduct
from careengine.policy.history_query import FILTERS, HistoryReader
from careengine.policy.limits import CONDITIONS, NESTING
from careengine.policy.operand import OperandReader, Unfit
from careengine.policy.suggest import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.policy.findings import Findings

_GROUPS = ("all", "any", "not")
SUBJECTS = (*_GROUPS, "field", "count", "sum")
_KNOWN = frozenset((*SUBJECTS, *FILTERS, *OPERATORS))


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one policy. `kind` is the policy's kind."""

    findings: Findings
    catalogue: Catalogue
    kind: str

    def both(self, raw: Mapping[str, Any]) -> tuple[Condition | None, Condition | None]:
        """The conditions of `when` and of `unless`; None when there are none or something in them was refused."""
        when, unless = raw.get("when"), raw.get("unless")
        found = sum(_conditions_in(node) for node in (when, unless))
        if found > CONDITIONS.most:
            message = f"the policy has {found:,} conditions; at most {CONDITIONS} are read"
            self.findings.add("CE219", "/when", message, "split the policy in two, or list values with `in`")
            return None, None
        return self.read(when, "/when"), self.read(unless, "/unless")

    def read(self, node: Any, pointer: str, depth: int = 1) -> Condition | None:
        """The condition at a pointer; None when something in it was refused, now or before."""
        if not isinstance(node, dict):
            return None  # the schema has refused it
        if depth > NESTING.most:
            message = f"conditions nest deeper than {NESTING} levels"
            self.findings.add("CE216", pointer, message, "split the policy in two")
            return None
        subjects = [key for key in SUBJECTS if key in node]
        one_subject = self._one_subject(node, subjects, pointer)
        groups = [self._group(name, node[name], join(pointer, name), depth) for name in subjects if name in _GROUPS]
        if not one_subject or not self._go_together(node, subjects[0], pointer):
            return None
        if groups:
            return groups[0]
        return self._field_test(node, pointer) if subjects[0] == "field" else self._history_test(node, pointer)

    def _one_subject(self, node: Mapping[str, Any], subjects: list[str], pointer: str) -> bool:
        if len(subjects) == 1:
            return True
        if subjects:
            message = f"a condition looks at one thing, not at {_listed(subjects)} together"
            self.findings.add("CE212", pointer, message, "make two conditions of it")
        elif self._is_understood(node, pointer):
            self.findings.add(
                "CE211", pointer, "the condition does not say what to look at", f"name {one_of(SUBJECTS)}"
            )
        return False

    def _go_together(self, node: Mapping[str, Any], subject: str, pointer: str) -> bool:
        alien = OPERATORS if subject in _GROUPS else ()
        wrong = [key for key in node if key in alien or (key in FILTERS and subject not in ("count", "sum"))]
        for key in wrong:
            message = f"`{key}` does not go with `{subject}`"
            hint = "it narrows a `count` or `sum`" if key in FILTERS else "it belongs into a test"
            self.findings.add("CE215", join(pointer, key), message, hint, at_key=True)
        return not wrong

    def _group(self, name: str, value: Any, pointer: str, depth: int) -> Condition | None:
        if name == "not":
            item = self.read(value, pointer, depth + 1)
            return item and Not(pointer=pointer, item=item)
        if not isinstance(value, list):
            return None
        items = [self.read(item, join(pointer, index), depth + 1) for index, item in enumerate(value)]
        good = tuple(item for item in items if item is not None)
        if name == "any":
            return AnyOf(pointer=pointer, items=good)
        warn_of_contradictions(self.findings, good)
        return AllOf(pointer=pointer, items=good)

    def _field_test(self, node: Mapping[str, Any], pointer: str) -> FieldTest | None:
        field = find_field(self.findings, self.catalogue, node["field"], join(pointer, "field"))
        operator = self._operator(node, pointer)
        if field is not None and self.kind in OWING:
            refuse_conduct(self.findings, field.path, join(pointer, "field"))
        if field is None or operator is None:
            return None
        place = join(pointer, operator)
        if not self.findings.clean(place):
            return None
        try:
            operand = OperandReader(self.findings, field, operator, place).read(node[operator])
        except Unfit:
            return None
        return FieldTest(pointer=pointer, field=field, operator=operator, operand=operand)

    def _history_test(self, node: Mapping[str, Any], pointer: str) -> HistoryTest | None:
        operator = self._operator(node, pointer)
        reader = HistoryReader(self.findings, self.catalogue, node, pointer)
        if self.kind in OWING and node.get("count") == "incidents":
            refuse_conduct(self.findings, "incidents", join(pointer, "count"))
        query = reader.query()
        if operator is None:
            return None
        try:
            operand = reader.operand(operator, node[operator], join(pointer, operator))
        except Unfit:
            return None
        if query is None:
            return None
        return HistoryTest(pointer=pointer, query=query, operator=operator, operand=operand)

    def _operator(self, node: Mapping[str, Any], pointer: str) -> str | None:
        operators = [name for name in OPERATORS if name in node]
        if len(operators) == 1:
            return operators[0]
        if operators:
            message = f"a test compares once, not with {_listed(operators)}"
            self.findings.add("CE214", pointer, message, "make two tests of it, under `all:` or `any:`")
        elif self._is_understood(node, pointer):
            self.findings.add(
                "CE213", pointer, "the test does not say what to compare with", "add an operator such as `is`"
            )
        return None

    def _is_understood(self, node: Mapping[str, Any], pointer: str) -> bool:
        """Whether every key was read and is known; what is missing may otherwise be what was not."""
        return all(key in _KNOWN for key in node) and not self.findings.lost_keys(pointer)


def _conditions_in(node: Any) -> int:
    """How many conditions there are in a condition, itself included."""
    found, waiting = 0, [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found += 1
            waiting += [part[name] for name in _GROUPS if name in part]
        elif isinstance(part, list):
            waiting += part
    return found


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words[:-1]) + f" and `{words[-1]}`"
