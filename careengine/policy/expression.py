"""Writes conditions as Python expressions that are true exactly when the conditions are.

Three-valued logic needs no third value here: an expression for "this is true" and one for "this is false" are both
plain Python, `not` swaps them, and what is unknown makes neither true. The text holds nothing that a rule file says:
a mark stands for each operand and each name of a field, and is exchanged for it among the constants of the compiled
code, which is the fastest place to read from.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import nan
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.policy import Verdict
from careengine.policy.verify import asks_history, compile_condition, top_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from careengine.model.catalogue import Field
    from careengine.model.condition import Condition
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.value import Value

    Get = Callable[[str], Value | None]
    Add = Callable[[Verdict], None]
    Find = Callable[[Get, Facts, Add], None]

_Item = TypeVar("_Item")
_SHAPES = 512  # texts that are remembered with their code: groups of one or two policies are often of one shape

# P is the field, V its value when it is known to be a number or NaN, C the operand, D the second of two, B the operand
# that is a boolean.
_PRESENCE = {"present": "get(P) is not None", "absent": "get(P) is None"}
_WORD = {
    "is": "get(P) == C",
    "is_not": "(type(v := get(P)) is str and v != C)",
    "in": "(type(v := get(P)) is str and v in C)",
    "not_in": "(type(v := get(P)) is str and v not in C)",
}
_TRUTH = {
    "is": "get(P) is B",
    "is_not": "get(P) is (not B)",
    "in": "(type(v := get(P)) is bool and v in C)",
    "not_in": "(type(v := get(P)) is bool and v not in C)",
}
_NUMBER = {
    "is": "V == C",
    "is_not": "V == V != C",  # NaN is no number, and differs from itself
    "in": "V in C",
    "not_in": "(V == V and V not in C)",
    "more_than": "V > C",
    "at_least": "V >= C",
    "less_than": "V < C",
    "at_most": "V <= C",
    "between": "C <= V <= D",
    "outside": "(V == V and not C <= V <= D)",
}
_IS_NUMBER = "(type(v := get(P)) is int or type(v) is float)"
_TAGS = {
    "contains": "(type(v := get(P)) is tuple and C in v)",
    "lacks": "(type(v := get(P)) is tuple and C not in v)",
    "contains_any": "(type(v := get(P)) is tuple and not C.isdisjoint(v))",
    "lacks_any": "(type(v := get(P)) is tuple and C.isdisjoint(v))",
    "contains_all": "(type(v := get(P)) is tuple and C.issubset(v))",
    "lacks_all": "(type(v := get(P)) is tuple and not C.issubset(v))",
}
_BY_TYPE = {
    "text": _PRESENCE | _WORD,
    "category": _PRESENCE | _WORD,
    "boolean": _PRESENCE | _TRUTH,
    "number": _PRESENCE | {name: f"({_IS_NUMBER} and {compare})" for name, compare in _NUMBER.items()},
    "integer": _PRESENCE | {name: f"({_IS_NUMBER} and {compare})" for name, compare in _NUMBER.items()},
    "tags": _PRESENCE | _TAGS,
    "money": _PRESENCE,
    "instant": _PRESENCE,
}
_PAIRS = (
    ("is", "is_not"),
    ("in", "not_in"),
    ("more_than", "at_most"),
    ("at_least", "less_than"),
    ("between", "outside"),
    ("present", "absent"),
    ("contains", "lacks"),
    ("contains_any", "lacks_any"),
    ("contains_all", "lacks_all"),
)
_OPPOSITE = dict(_PAIRS) | {other: one for one, other in _PAIRS}
_MARK = "operand "
_WHOLE = 250  # tests in one function, about: Python compiles a text in one go, and nothing else runs meanwhile
_OFTEN = 3  # a field that more policies ask is read once for all
_TELLING = ("is", "in", "contains", "contains_any", "contains_all")  # usually false, and so asked first


def needs(policy: Policy, settled: frozenset[str]) -> Sequence[Condition]:
    """The conditions that must all be true, `settled` being the fields whose plain tests are known to be."""
    open_ = (top for top in top_conditions(policy) if not (_is_plain_text(top) and top.field.path in settled))
    return sorted(open_, key=_rank)


def shared_fields(needed: Iterable[Sequence[Condition]]) -> list[Field]:
    """The fields that many of some policies ask, or more than one of them first: they are read once for all."""
    fields: dict[str, Field] = {}
    times: Counter[str] = Counter()
    for conditions in needed:
        tops = [top.field for top in conditions if isinstance(top, FieldTest) and _written(top)]
        fields.update((field.path, field) for field in tops)
        times.update(field.path for field in [*tops, *tops[:1] * (_OFTEN - 1)])
    return [field for path, field in fields.items() if times[path] > _OFTEN]


def size(condition: Condition) -> int:
    """How many tests a condition has."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return 1
    return size(condition.item) if isinstance(condition, Not) else sum(map(size, condition.items))


def in_portions(items: Iterable[_Item], weigh: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """The items in lists of as much weight as one function may have; one that is heavier is alone."""
    portion: list[_Item] = []
    weight = 0
    for item in items:
        more = weigh(item)
        if portion and weight + more > _WHOLE:
            yield portion
            portion, weight = [], 0
        portion.append(item)
        weight += more
    if portion:
        yield portion


def _is_plain_text(condition: Condition) -> TypeGuard[FieldTest]:
    """Whether a condition is a plain test of text, which a plan can settle by the field's value alone."""
    return isinstance(condition, FieldTest) and _written(condition) and condition.field.type in ("text", "category")


def _rank(condition: Condition) -> int:
    """Cheap and telling conditions go first, history goes last, so that it is counted only when nothing else fails."""
    if isinstance(condition, FieldTest) and _written(condition):
        return 0 if condition.operator in _TELLING else 1
    return 3 if asks_history(condition) else 2


def _written(test: FieldTest) -> bool:
    # People's words are asked through the facts, which remember the answer.
    return not test.field.words and test.operator in _BY_TYPE.get(test.field.type, ())


class Writer:
    """Collects operands while it writes the text that names their places; `shared` are fields that are read first."""

    def __init__(self, shared: Iterable[Field] = ()) -> None:
        """Begin with lines that read the shared fields."""
        self.lines: list[str] = []
        self._operands: list[Any] = []
        self._callees: list[Callable[..., Any]] = []
        self._words: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        for number, field in enumerate(shared):
            if field.type in ("number", "integer"):
                checked = f"v if {_IS_NUMBER} else {self.place(nan)}"
                self.lines.append(f"n{number} = {checked.replace('get(P)', self.read(field.path))}")
                self._numbers[field.path] = f"n{number}"
            else:
                self.lines.append(f"f{number} = {self.read(field.path)}")
                self._words[field.path] = f"f{number}"

    def place(self, operand: Any) -> str:
        """The mark that stands for an operand."""
        self._operands.append(operand)
        return repr(f"{_MARK}{len(self._operands) - 1}")

    def callee(self, call: Callable[..., Any]) -> str:
        """The name under which the function gets something to call."""
        self._callees.append(call)
        return f"c{len(self._callees) - 1}"

    def read(self, path: str) -> str:
        """The expression for a field's value."""
        return self._words.get(path) or f"get({self.place(path)})"

    def says(self, condition: Condition, *, answer: bool = True) -> str:
        """The expression for "this condition is `answer`"."""
        if isinstance(condition, FieldTest) and _written(condition):
            return self._field(condition, answer=answer)
        if isinstance(condition, (FieldTest, HistoryTest)):
            return f"{self.callee(compile_condition(condition))}(facts) is {answer}"
        if isinstance(condition, Not):
            return self.says(condition.item, answer=not answer)
        joint = " and " if isinstance(condition, AllOf) is answer else " or "
        if size(condition) > _WHOLE:
            parts = [self._apart(items, joint, answer=answer) for items in in_portions(condition.items, size)]
        else:
            parts = [self.says(item, answer=answer) for item in condition.items]
        return parts[0] if len(parts) == 1 else f"({joint.join(parts)})"

    def _apart(self, items: Iterable[Condition], joint: str, *, answer: bool) -> str:
        """The expression for some of many conditions, as a call of a function of their own."""
        writer = Writer()
        writer.lines.append(f"return {joint.join([writer.says(item, answer=answer) for item in items])}")
        return f"{self.callee(writer.function())}(get, facts, add)"

    def add(self, policy: Policy, conditions: Iterable[Condition]) -> None:
        """Write the line that adds the verdict of a policy when the conditions that it needs are true."""
        parts = []
        if policy.effective_from or policy.effective_until:
            parts.append(f"{self.callee(policy.in_effect)}(facts.as_of)")
        parts += map(self.says, conditions)
        verdict = Verdict(policy=policy, result=True)
        self.lines.append(f"if {' and '.join(parts) or 'True'}: add({self.place(verdict)})")

    def function(self) -> Find:
        """The function of the lines, with the operands in their places."""
        code = _code("\n ".join(self.lines) or "pass", len(self._callees))
        constants = tuple(self._constant(mark) for mark in code.co_consts)
        return cast("Find", FunctionType(code.replace(co_consts=constants), {}, "find", tuple(self._callees)))

    def _constant(self, mark: Any) -> Any:
        marked = isinstance(mark, str) and mark.startswith(_MARK)
        return self._operands[int(mark.removeprefix(_MARK))] if marked else mark

    def _field(self, test: FieldTest, *, answer: bool) -> str:
        operator = test.operator
        if operator == "present":
            operator = "present" if test.operand is answer else "absent"
        elif not answer:
            operator = _OPPOSITE[operator]
        number = self._numbers.get(test.field.path)
        if number and operator in _NUMBER:
            text = _NUMBER[operator].replace("V", number)
        else:
            text = _BY_TYPE[test.field.type][operator].replace("get(P)", self.read(test.field.path)).replace("V", "v")
        for letter, operand in zip("CD", _operands(test), strict=False):
            text = text.replace(letter, self.place(operand))
        return text.replace("B", str(test.operand))


def _operands(test: FieldTest) -> Sequence[Any]:
    if test.operator == "present":
        return ()
    if test.operator == "between":
        return cast("Sequence[Any]", test.operand)
    many = test.operator in ("in", "not_in", "contains_any", "contains_all")
    return (frozenset(test.operand),) if many else (test.operand,)


@lru_cache(maxsize=_SHAPES)
def _code(text: str, callees: int) -> CodeType:
    names = "".join(f", c{number}" for number in range(callees))
    space: dict[str, Any] = {}
    exec(f"def find(get, facts, add{names}):\n {text}", space)  # noqa: S102  the text above, nothing from a rule
    return cast("CodeType", space["find"].__code__)
