"""Builds the `count` or `sum` of a test: what is counted, narrowed by which filters, compared with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.condition import COMPARING
from careengine.model.history import HistoryQuery
from careengine.model.pointer import join
from careengine.policy.grammar_words import kind_of
from careengine.policy.operand import Unfit, check_range
from careengine.policy.suggest import did_you_mean, one_of, shown
from careengine.policy.values import read_duration, read_money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

_PLAIN = ("same", "distinct", "direction", "channel", "family", "category", "status", "severity_at_least")
_LENGTHS = ("within", "half_life", "distinct_gap")
FILTERS = (*_LENGTHS, *_PLAIN)
# Ways of counting otherwise than one by one.
_WAYS = {
    "distinct_gap": "tells contacts apart",
    "distinct": "counts different ones",
    "half_life": "has what is old count less",
}
_FITTING = (*COMPARING, "is")
# Only these have a fixed set of states; what other things go through is the CRM's own.
STATES = {
    "incidents": ("reported", "confirmed", "rejected"),
    "promises": ("open", "kept"),
    "restrictions": ("in_force", "ended"),
    "offers": ("proposed", "offered", "reserved", "issued", "accepted", "declined", "expired", "reversed"),
}


@dataclass(frozen=True, slots=True)
class HistoryReader:
    """Reads one `count` or `sum` test."""

    findings: Findings
    catalogue: Catalogue
    node: Mapping[str, Any]
    pointer: str

    @property
    def function(self) -> str:
        """`count` or `sum`."""
        return "count" if "count" in self.node else "sum"

    @property
    def kind(self) -> str:
        """The kind of history."""
        return str(self.node[self.function])

    def query(self) -> HistoryQuery | None:
        """What is counted or summed; None when something in it was refused, now or before."""
        findings, node = self.findings, self.node
        lengths: dict[str, Any] = {
            name: read_duration(findings, join(self.pointer, name), node.get(name)) for name in _LENGTHS
        }
        self._check_filters()
        if not all(findings.clean(join(self.pointer, key)) for key in (self.function, *FILTERS) if key in node):
            return None
        severity = node.get("severity_at_least")
        plain: dict[str, Any] = {name: node.get(name) for name in _PLAIN if name != "severity_at_least"}
        return HistoryQuery(
            function=self.function,
            kind=self.kind,
            severity_at_least=None if severity is None else int(severity),
            **lengths,
            **plain,
        )

    def operand(self, operator: str, raw: Any, pointer: str) -> Any:
        """What the count (a number) or sum (money) at a pointer is compared with. Raises Unfit."""
        if operator not in _FITTING:
            message = f"`{operator}` does not fit a `{self.function}`"
            self.findings.add("CE303", pointer, message, f"use {one_of(_FITTING)}", at_key=True)
            raise Unfit
        if not self.findings.clean(pointer):
            raise Unfit
        if not isinstance(raw, list):
            typed = self._one(raw, pointer)
            if operator == "less_than" and typed == 0:
                self.findings.add("CE307", pointer, "a count is never below 0, so this can never be true")
                raise Unfit
            return typed
        bounds = [self._one_or_none(item, join(pointer, index)) for index, item in enumerate(raw)]
        if None in bounds:
            raise Unfit
        check_range(self.findings, pointer, bounds)
        return tuple(bounds)

    def _one_or_none(self, raw: Any, pointer: str) -> Any:
        try:
            return self._one(raw, pointer)
        except Unfit:
            return None

    def _one(self, raw: Any, pointer: str) -> Any:
        if self.function == "sum":
            money = read_money(self.findings, pointer, raw)
            if money is None:
                self._mistyped(raw, pointer, "a sum is money", "write it as `25.00 GBP`")
            return money
        weighs = "half_life" in self.node
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not (weighs or raw == int(raw)):
            fact = "a count with a `half_life` is a number" if weighs else "a count is a whole number"
            self._mistyped(raw, pointer, fact, f"write a number such as `{'1.5' if weighs else '2'}`")
        if raw < 0:
            self._mistyped(raw, pointer, "a count is never negative", "write `0` or more")
        return int(raw) if raw == int(raw) else raw

    def _mistyped(self, raw: Any, pointer: str, fact: str, suggestion: str) -> None:
        if self.findings.clean(pointer):
            self.findings.add("CE304", pointer, f"{fact}, but is compared with {kind_of(raw)}", suggestion)
        raise Unfit

    def _check_filters(self) -> None:
        asked = [name for name in _WAYS if name in self.node]
        if asked and self.function == "sum":
            self._misfit(asked[0], f"`{asked[0]}` {_WAYS[asked[0]]}; a `sum` does not count", "delete it")
        elif len(asked) > 1:
            message = f"`{asked[1]}` beside `{asked[0]}`: a test counts in one way"
            self._misfit(asked[1], message, "write two tests under `all`")
        channel = self.catalogue.get("channel")
        self._check_value("channel", channel.allowed if channel else (), "the channel is never")
        if self.findings.clean(join(self.pointer, self.function)):
            self._check_filters_of_kind()

    def _check_filters_of_kind(self) -> None:
        if "family" in self.node and self.kind != "offers":
            self._misfit("family", f"only offers have a family, not {self.kind}", "use `count: offers`")
        self._check_value("status", STATES.get(self.kind, ()), f"{self.kind} are never")
        if self.kind == "incidents":
            category = self.catalogue.get("incident.category")
            self._check_value("category", category.allowed if category else (), "an incident's category is never")

    def _check_value(self, key: str, allowed: tuple[str, ...], fact: str) -> None:
        value, pointer = self.node.get(key), join(self.pointer, key)
        if allowed and isinstance(value, str) and value not in allowed and self.findings.clean(pointer):
            self.findings.add("CE305", pointer, f"{fact} {shown(value)}", did_you_mean(value, allowed))

    def _misfit(self, key: str, message: str, suggestion: str) -> None:
        if self.findings.clean(join(self.pointer, key)):
            self.findings.add("CE317", join(self.pointer, key), message, suggestion, at_key=True)
