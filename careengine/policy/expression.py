"""Writes conditions as Python expressions that are true exactly when the conditions are.

Three-valued logic needs no third value here: an expression for "this is true" and one for "this is false" are both
plain Python, `not` swaps them, and what is unknown makes neither true. The text holds nothing that a rule file says:
operands and names of fields are handed to the function that is compiled from it.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.policy import Verdict
from careengine.policy.verify import asks_history, compile_condition, top_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from careengine.model.condition import Condition
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.value import Value

    Get = Callable[[str], Value | None]
    Add = Callable[[Verdict], None]
    Find = Callable[[Get, Facts, Add], None]

_SHAPES = 512  # texts that are remembered with their code: groups of one or two policies are often of one shape

# P is the field, C the operand, D the second of two.
_PRESENCE = {"present": "get(P) is not None", "absent": "get(P) is None"}
_WORD = {
    "is": "get(P) == C",
    "is_not": "(type(v := get(P)) is str and v != C)",
    "in": "(type(v := get(P)) is str and v in C)",
    "not_in": "(type(v := get(P)) is str and v not in C)",
}
_TRUTH = {
    "is": "get(P) is C",
    "is_not": "(type(v := get(P)) is bool and v is not C)",
    "in": "(type(v := get(P)) is bool and v in C)",
    "not_in": "(type(v := get(P)) is bool and v not in C)",
}
_NUMBER = {
    name: f"((type(v := get(P)) is int or type(v) is float) and {compare})"
    for name, compare in {
        "is": "v == C",
        "is_not": "v == v != C",  # NaN is no number, and differs from itself
        "in": "v in C",
        "not_in": "v == v and v not in C",
        "more_than": "v > C",
        "at_least": "v >= C",
        "less_than": "v < C",
        "at_most": "v <= C",
        "between": "C <= v <= D",
        "outside": "v == v and not C <= v <= D",
    }.items()
}
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
    "number": _PRESENCE | _NUMBER,
    "integer": _PRESENCE | _NUMBER,
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
_TELLING = ("is", "in", "contains", "contains_any", "contains_all")  # usually false, and so asked first


def shared_fields(policies: Iterable[Policy], settled: frozenset[str]) -> list[str]:
    """The fields that more than one of the policies asks first: they are read once for all."""
    tops = [needed[0] for policy in policies if (needed := _needed(policy, settled))]
    times = Counter(top.field.path for top in tops if isinstance(top, FieldTest) and _written(top))
    return [path for path, number in times.items() if number > 1]


def _needed(policy: Policy, settled: frozenset[str]) -> list[Condition]:
    """The conditions that must all be true, `settled` being the fields whose plain tests are known to be."""
    open_ = (top for top in top_conditions(policy) if not (_is_plain_text(top) and top.field.path in settled))
    return sorted(open_, key=_rank)


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
    return not test.field.words and test.operator in _BY_TYPE[test.field.type]


class Writer:
    """Collects operands while it writes the text that names their places; `shared` are fields that are read first."""

    def __init__(self, shared: Iterable[str] = ()) -> None:
        """Begin with lines that read the shared fields."""
        self.operands: list[Any] = []
        self._shared = {path: f"f{number}" for number, path in enumerate(shared)}
        self.lines = [f"{name} = get({self.place(path)})" for path, name in self._shared.items()]

    def place(self, operand: Any) -> str:
        """The name under which the function gets an operand."""
        self.operands.append(operand)
        return f"a{len(self.operands) - 1}"

    def read(self, path: str) -> str:
        """The expression for a field's value."""
        return self._shared.get(path) or f"get({self.place(path)})"

    def says(self, condition: Condition, *, answer: bool = True) -> str:
        """The expression for "this condition is `answer`"."""
        if isinstance(condition, FieldTest) and _written(condition):
            return self._field(condition, answer=answer)
        if isinstance(condition, (FieldTest, HistoryTest)):
            return f"{self.place(compile_condition(condition))}(facts) is {answer}"
        if isinstance(condition, Not):
            return self.says(condition.item, answer=not answer)
        every = isinstance(condition, AllOf) is answer
        parts = [self.says(item, answer=answer) for item in condition.items]
        return parts[0] if len(parts) == 1 else f"({(' and ' if every else ' or ').join(parts)})"

    def add(self, policy: Policy, settled: frozenset[str]) -> None:
        """Write the line that adds the verdict of a policy when its conditions are true."""
        parts = []
        if policy.effective_from or policy.effective_until:
            parts.append(f"{self.place(policy.in_effect)}(facts.as_of)")
        parts += map(self.says, _needed(policy, settled))
        verdict = Verdict(policy=policy, result=True)
        self.lines.append(f"if {' and '.join(parts) or 'True'}: add({self.place(verdict)})")

    def function(self) -> Find:
        """The function of the lines, with the operands in their places."""
        code = _code("\n ".join(self.lines), len(self.operands))
        return cast("Find", FunctionType(code, {}, "find", tuple(self.operands)))

    def _field(self, test: FieldTest, *, answer: bool) -> str:
        operator = test.operator
        if operator == "present":
            operator = "present" if test.operand is answer else "absent"
        elif not answer:
            operator = _OPPOSITE[operator]
        text = _BY_TYPE[test.field.type][operator].replace("get(P)", self.read(test.field.path))
        for letter, operand in zip("CD", _operands(test), strict=False):
            text = text.replace(letter, self.place(operand))
        return text


def _operands(test: FieldTest) -> Sequence[Any]:
    if test.operator == "present":
        return ()
    if test.operator == "between":
        return cast("Sequence[Any]", test.operand)
    many = test.operator in ("in", "not_in", "contains_any", "contains_all")
    return (frozenset(test.operand),) if many else (test.operand,)


@lru_cache(maxsize=_SHAPES)
def _code(text: str, operands: int) -> CodeType:
    places = "".join(f", a{place}" for place in range(operands))
    space: dict[str, Any] = {}
    exec(f"def find(get, facts, add{places}):\n {text}", space)  # noqa: S102  the text above, nothing from a rule
    return cast("CodeType", space["find"].__code__)
