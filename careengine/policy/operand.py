"""Checks and types what a test compares with: which operators fit which field, and which values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import re2

from careengine.model.condition import COMPARING, OPERATORS
from careengine.model.operators import pattern, steps
from careengine.model.pointer import join
from careengine.model.value import Money
from careengine.policy.grammar_words import YES_OR_NO, kind_of, quoted
from careengine.policy.limits import STEPS
from careengine.policy.suggest import did_you_mean, one_line, one_of, shown
from careengine.policy.values import read_moment, read_money

if TYPE_CHECKING:
    from careengine.model.catalogue import Field
    from careengine.policy.findings import Findings

_SMALLER = "repeat less often than `{50}`, use `contains_any` for words, or make it several tests under `any`"
_SAME = ("is", "is_not", "in", "not_in")
_WORDS = ("contains", "contains_any", "contains_all", "starts_with", "matches")
_TEXT = (*_SAME, *_WORDS, "present")
_NUMBER = (*_SAME, *COMPARING, "present")
FITTING = {
    "text": _TEXT,
    "category": _TEXT,
    "number": _NUMBER,
    "integer": _NUMBER,
    "money": _NUMBER,
    "boolean": ("is", "is_not", "present"),
    "instant": ("before", "after", "present"),
    "tags": ("contains", "contains_any", "contains_all", "present"),
    "signal": tuple(name for name in OPERATORS if name not in ("before", "after")),
}
TYPES = {
    "text": "text",
    "category": "a category",
    "number": "a number",
    "integer": "a whole number",
    "money": "money",
    "boolean": "`true` or `false`",
    "instant": "an instant",
    "tags": "a list of tags",
    "signal": "a signal",
}


class Unfit(Exception):  # noqa: N818  not a failure of the program: the rule file is at fault, and told so
    """The operand was refused and reported; there is no value to go on with."""


@dataclass(frozen=True, slots=True)
class OperandReader:
    """Types the operand of one field test. What is wrong is reported, then Unfit is raised."""

    findings: Findings
    field: Field
    operator: str
    pointer: str  # of the operand

    def read(self, raw: Any) -> Any:
        """The typed operand: a scalar, Money, Moment, a tuple of these, or a pattern's text. Raises Unfit."""
        fitting = FITTING[self.field.type]
        if self.operator not in fitting:
            what = f"`{self.field.path}`, which is {TYPES[self.field.type]}"
            self._refuse("CE303", f"`{self.operator}` does not fit {what}", f"use {one_of(fitting)}", at_key=True)
        if self.operator == "matches":
            return self._pattern(raw)
        if self.operator == "present" or self.operator in _WORDS:
            return tuple(raw) if isinstance(raw, list) else raw
        if self.operator in ("before", "after"):
            return _or_unfit(read_moment(self.findings, self.pointer, raw))
        return self._list(raw) if isinstance(raw, list) else self._one(raw, self.pointer)

    def _list(self, raw: list[Any]) -> tuple[Any, ...]:
        """Every item is looked at, so that all mistakes are told at once."""
        typed, unfit = [], False
        for index, item in enumerate(raw):
            try:
                typed.append(self._one(item, join(self.pointer, index)))
            except Unfit:
                unfit = True
        if unfit:
            raise Unfit
        if self.operator == "between":
            check_range(self.findings, self.pointer, typed)
        if len({float if type(item) is int else type(item) for item in typed}) > 1:
            self._refuse("CE304", "the values of one list must be of one type")
        return tuple(typed)

    def _one(self, raw: Any, pointer: str) -> Any:
        if self.field.type == "money":
            return _or_unfit(read_money(self.findings, pointer, raw))
        if self.field.type in ("number", "integer") or (self.field.type == "signal" and self.operator in COMPARING):
            return self._number(raw, pointer)
        if self.field.type == "boolean" and not isinstance(raw, bool):
            known = YES_OR_NO.get(str(raw).lower())
            self._mistyped(raw, pointer, f"write `{known}`" if known else "write `true` or `false`")
        if self.field.type in ("text", "category") and not isinstance(raw, str):
            self._mistyped(raw, pointer, f"put quotes around it: `{quoted(pointer, raw, self.findings.document)}`")
        if self.field.allowed and raw not in self.field.allowed:
            message = f"`{self.field.path}` is never {shown(raw)}"
            self._refuse("CE305", message, did_you_mean(raw, self.field.allowed), pointer=pointer)
        if isinstance(raw, str) and (raw != raw.strip() or not raw):
            what = f'"{one_line(raw, 60)}" begins or ends with a blank' if raw.strip() else "the text is empty"
            hint = f"write `{raw.strip()}`" if raw.strip() else "write a value, or `present: false`"
            self.findings.warn("CE505", pointer, f"{what}, so hardly anything equals it", hint)
        return raw

    def _number(self, raw: Any, pointer: str) -> int | float:
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            self._mistyped(raw, pointer, "write a number without quotes and unit")
        number: int | float = int(raw) if isinstance(raw, float) and raw.is_integer() else raw
        if self.field.type == "integer" and isinstance(number, float):
            self._mistyped(raw, pointer, f"use `at_least: {int(number) + 1}` or `at_most: {int(number)}`")
        if _beyond(self.field, self.operator, number, is_low=pointer.endswith("/0")):
            message = f"`{self.field.path}` {_say_reach(self.field)}, so this can never be true"
            self._refuse("CE307", message, pointer=pointer)
        return number

    def _pattern(self, raw: str) -> str:
        try:
            pattern(raw)
            taken = steps(raw)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
            if "too large" in why:
                self._refuse("CE319", "the pattern takes more memory than a search may have", _SMALLER)
            self._refuse(
                "CE311", f"the pattern cannot be used: {one_line(why, 120)}", "escape signs such as `(` with `\\`"
            )
        if taken > STEPS.most:
            message = f"the pattern takes {taken:,} steps; at most {STEPS} are searched for"
            self._refuse("CE319", message, _SMALLER)
        return raw

    def _mistyped(self, raw: Any, pointer: str, suggestion: str) -> NoReturn:
        message = f"`{self.field.path}` is {TYPES[self.field.type]}, but is compared with {kind_of(raw)}"
        self._refuse("CE304", message, suggestion, pointer=pointer)

    def _refuse(
        self, code: str, message: str, suggestion: str = "", *, pointer: str | None = None, at_key: bool = False
    ) -> NoReturn:
        place = self.pointer if pointer is None else pointer
        if self.findings.clean(place):
            self.findings.add(code, place, message, suggestion, at_key=at_key)
        raise Unfit


def check_range(findings: Findings, pointer: str, bounds: list[Any]) -> None:
    """Whether the two ends of `between` make sense together. Raises Unfit."""
    low, high = bounds
    if isinstance(low, Money):
        if low.currency != high.currency:
            findings.add("CE308", pointer, f"`{low}` and `{high}` are of two currencies", "use one")
            raise Unfit
        low, high = low.amount, high.amount
    if low > high:
        findings.add("CE306", pointer, f"the range from `{bounds[0]}` to `{bounds[1]}` is upside down", "swap them")
        raise Unfit
    if low == high:
        findings.warn("CE503", pointer, f"both ends of the range are `{bounds[0]}`", f"write `is: {bounds[0]}`")


def _or_unfit(value: Any) -> Any:
    if value is None:
        raise Unfit
    return value


def _beyond(field: Field, operator: str, number: float, *, is_low: bool) -> bool:
    least, most = field.minimum, field.maximum
    too_high = most is not None and (number > most or (number == most and operator == "more_than"))
    too_low = least is not None and (number < least or (number == least and operator == "less_than"))
    if operator == "between":
        return too_high if is_low else too_low
    high_counts = operator in ("is", "in", "more_than", "at_least")
    low_counts = operator in ("is", "in", "less_than", "at_most")
    return (too_high and high_counts) or (too_low and low_counts)


def _say_reach(field: Field) -> str:
    if field.minimum is None or field.maximum is None:
        return f"is never below {field.minimum}" if field.maximum is None else f"is never above {field.maximum}"
    return f"goes from {field.minimum} to {field.maximum}"
