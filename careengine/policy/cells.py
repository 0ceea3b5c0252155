"""Reads the cells of a decision table: a value, a list, `-`, a comparison, a range or `not (…)` becomes tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from careengine.model.condition import AllOf, AnyOf, Not
from careengine.model.pointer import join
from careengine.model.value import Money
from careengine.policy.operand import Unfit
from careengine.policy.scalar import ScalarProblem, resolve
from careengine.policy.suggest import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from careengine.model.condition import Condition, Test
    from careengine.policy.findings import Findings

    # Operator, what it compares with, where that stands -> the test. Raises Unfit.
    Make = Callable[[str, Any, str], Test]

ANYTHING = "-"
_COMPARISON = re.compile(r"(<=|>=|<|>)\s*([^<>=\s].*)")
_ODD_SIGN = re.compile(r"(=<|=>|==|=|!=|<>|≤|≥|≠)\s*(.+)")
_MENDED = {"=<": "<= ", "=>": ">= ", "≤": "<= ", "≥": ">= ", "=": "", "==": ""}
_RANGE = re.compile(r"([\[(])?\s*([^\[\]()]+?)\s*\.\.\s*([^\[\]()]+?)\s*([\])])?")
_NEGATED = re.compile(r"not\s*\((.*)\)", re.IGNORECASE)
_OPERATOR = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}
_TEXTUAL = frozenset({"text", "category", "tags"})
_HISTORY = frozenset({"count", "sum"})


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads the cells of one input. `kind` is the type of its field, or `count` or `sum`."""

    findings: Findings
    kind: str
    make: Make
    operator: str = ""

    def read(self, raw: Any, pointer: str) -> tuple[Condition, ...]:
        """What a cell asks: tests that must all be true; none when anything will do. Raises Unfit."""
        if raw == ANYTHING:
            return ()
        if self.operator:
            return (self.make(self.operator, raw, pointer),)
        if not isinstance(raw, list):
            self._refuse_blanks(raw, pointer)
            return self._one(raw, pointer)
        for at, item in enumerate(raw):
            self._refuse_blanks(item, join(pointer, at))
        if any(self._is_test(item) or item == ANYTHING for item in raw) or self.kind in _HISTORY:
            return (self._either([self._one(item, join(pointer, at)) for at, item in enumerate(raw)], pointer),)
        return (self.make("contains_any" if self.kind == "tags" else "in", raw, pointer),)

    def _either(self, parts: Sequence[tuple[Condition, ...]], pointer: str) -> Condition:
        items = [part[0] if len(part) == 1 else AllOf(pointer=pointer, items=part) for part in parts]
        return items[0] if len(items) == 1 else AnyOf(pointer=pointer, items=tuple(items))

    def _one(self, raw: Any, pointer: str) -> tuple[Condition, ...]:
        if not isinstance(raw, str):
            return (self._value(raw, pointer),)
        text = raw.strip()
        if negated := _NEGATED.fullmatch(text):
            return (self._not(negated[1], pointer),)
        if comparison := _COMPARISON.fullmatch(text):
            return (self._compared(comparison[1], comparison[2], pointer),)
        if self.kind not in _TEXTUAL and (span := _RANGE.fullmatch(text)):
            return self._range(span, pointer)
        self._refuse_odd(raw, text, pointer)
        return (self._value(raw, pointer),)

    def _value(self, raw: Any, pointer: str) -> Test:
        if self.kind == "instant":
            self._refuse(pointer, f"{shown(raw)} is no test of an instant", "write `< now`, `> now-30d` or two of them")
        return self.make("contains" if self.kind == "tags" else "is", raw, pointer)

    def _compared(self, sign: str, text: str, pointer: str) -> Test:
        operator = _OPERATOR[sign]
        if self.kind == "instant":
            operator = {"<": "before", ">": "after"}.get(sign, "")
            if not operator:
                self._refuse(pointer, f"an instant is before or after another, not `{sign}`", f"write `{sign[0]} …`")
        return self.make(operator, self._typed(text), pointer)

    def _range(self, span: re.Match[str], pointer: str) -> tuple[Condition, ...]:
        opening, closing = span[1] or "[", span[4] or "]"
        if bool(span[1]) is not bool(span[4]):
            self._refuse(pointer, f"{shown(span[0])} has one bracket only", "write both, such as `[3..7)`, or none")
        above = self._compared(">=" if opening == "[" else ">", span[2], pointer)
        below = self._compared("<=" if closing == "]" else "<", span[3], pointer)
        if self.kind == "instant":
            return (above, below)
        closed = opening + closing == "[]"
        self._check_order(above.operand, below.operand, span[0], pointer, may_be_one=closed)
        return (
            (replace(above, operator="between", operand=(above.operand, below.operand)),) if closed else (above, below)
        )

    def _check_order(self, low: Any, high: Any, said: str, pointer: str, *, may_be_one: bool) -> None:
        if isinstance(low, Money):
            if low.currency != high.currency:
                self.findings.add("CE308", pointer, f"`{low}` and `{high}` are of two currencies", "use one")
                raise Unfit
            low, high = low.amount, high.amount
        if low > high or (low == high and not may_be_one):
            what = "upside down" if low > high else "empty"
            self.findings.add("CE306", pointer, f"the range {shown(said)} is {what}", "the lower end comes first")
            raise Unfit

    def _not(self, inside: str, pointer: str) -> Condition:
        parts = [part.strip() for part in inside.split(",")]
        if not all(parts) or ANYTHING in parts:
            self._refuse(pointer, f"{shown(f'not ({inside})')} leaves out nothing", "write `not (gold)`")
        if any(self._is_test(part) for part in parts) or self.kind in (*_HISTORY, "tags", "instant"):
            items = [self._one(self._typed(part), pointer) for part in parts]
            return Not(pointer=pointer, item=self._either(items, pointer))
        values = [self._typed(part) for part in parts]
        return self.make("not_in", values, pointer) if len(values) > 1 else self.make("is_not", values[0], pointer)

    def _typed(self, text: str) -> Any:
        """Text out of a cell as YAML has it by itself: a number, true or false; texts stay texts."""
        if self.kind in _TEXTUAL or self.kind in ("money", "sum", "instant"):
            return text
        try:
            value = resolve(text)
        except ScalarProblem:
            return text
        return text if value is None else value

    def _refuse_odd(self, raw: str, text: str, pointer: str) -> None:
        """Signs of other tools, which would otherwise be taken for a text that nothing ever equals."""
        if odd := _ODD_SIGN.fullmatch(text):
            better = _MENDED.get(odd[1], "not (") + odd[2] + (")" if odd[1] in ("!=", "<>", "≠") else "")
            self._refuse(pointer, f"{shown(raw)} is no test that a cell knows", f"write `{better}`")
        if self.kind not in _TEXTUAL and re.fullmatch(r"[\[(<>].*|[0-9.]+ ?- ?[0-9.]+|.*[\])+]", text):
            hint = "write a value, `< 5`, `>= 3`, `[3..7)` or `not (…)`"
            self._refuse(pointer, f"{shown(raw)} is no test that a cell knows", hint)

    def _refuse_blanks(self, raw: Any, pointer: str) -> None:
        """An empty cell of a spreadsheet, or a blank that nobody sees: texts that nothing ever equals."""
        if not isinstance(raw, str) or raw == raw.strip() != "" or self._is_test(raw):
            return
        if not raw.strip():
            self._refuse(pointer, "the cell holds an empty text", f"write `{ANYTHING}` where anything will do")
        if self.kind in (*_TEXTUAL, "signal"):
            self._refuse(pointer, f'"{one_line(raw, 60)}" begins or ends with a blank', f"write `{raw.strip()}`")

    def _is_test(self, item: Any) -> bool:
        forms = (_NEGATED, _COMPARISON) if self.kind in _TEXTUAL else (_NEGATED, _COMPARISON, _RANGE)
        return isinstance(item, str) and any(form.fullmatch(item.strip()) for form in forms)

    def _refuse(self, pointer: str, message: str, suggestion: str) -> NoReturn:
        self.findings.add("CE320", pointer, message, suggestion)
        raise Unfit
