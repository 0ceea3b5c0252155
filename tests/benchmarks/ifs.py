"""The rules as Python `if`s that a program generates, with the same safety: what one would have without an engine.

Types are checked, a missing value never matches, a bool is no number. Two forms exist and each size gets the faster
one: a type check before each comparison for few rules; for many, one check a field at the top, which puts a NaN (it
compares with nothing) or None in the place of a value of another type. CPython compiles one function of 10,000
`if`s; above, they are split into functions of 4,000 that are called one after the other with all values, which also
runs faster than one function.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.benchmarks.rule import Rule, Test

    Matching = Callable[[Mapping[str, Any]], list[str]]

_FEW = 500  # rules; from here on checking types once a field is faster
_WHOLE = 10_000  # rules in one function at the most
_PART = 4_000  # rules in each function when there are more
_SYMBOL = {"at_least": ">=", "at_most": "<="}


def generate(rules: Sequence[Rule]) -> Matching:
    """A function from an event's fields to the ids of the rules that match, in their order."""
    names = sorted({test.field for rule in rules for test in rule.tests})
    say = _checked if len(rules) <= _FEW else _bare
    lines = [
        "def matching(fields):",
        " hits = []",
        " get = fields.get",
        *(f" {name} = get({name!r})" for name in names),
    ]
    if say is _bare:
        lines += _guards(rules)
    space: dict[str, Any] = {"nan": nan}
    if len(rules) <= _WHOLE:
        lines += _ifs(rules, say)
    else:
        lines += _parts(rules, ", ".join(names), space)
    _run([*lines, " return hits"], space)
    found: Matching = space["matching"]
    return found


def _parts(rules: Sequence[Rule], names: str, space: dict[str, Any]) -> list[str]:
    """Define the functions that hold the rules; the calls of them."""
    calls = []
    for start in range(0, len(rules), _PART):
        heading = f"(hits, {names})"
        _run([f"def part_{start}{heading}:", *_ifs(rules[start : start + _PART], _bare)], space)
        calls.append(f" part_{start}{heading}")
    return calls


def _run(lines: Iterable[str], space: dict[str, Any]) -> None:
    exec("\n".join(lines), space)  # noqa: S102  our own text, made here


def _ifs(rules: Iterable[Rule], say: Callable[[Test], str]) -> list[str]:
    return [f" if {' and '.join(map(say, rule.tests))}: hits.append({rule.id!r})" for rule in rules]


def _checked(test: Test) -> str:
    name = test.field
    if test.operator == "is":
        return f"{name} == {test.value!r}"
    if test.operator == "is_not":
        return f"type({name}) is str and {name} != {test.value!r}"
    return f"(type({name}) is int or type({name}) is float) and {name} {_SYMBOL[test.operator]} {test.value!r}"


def _bare(test: Test) -> str:
    if test.operator == "is_not":
        return f"{test.field} is not None and {test.field} != {test.value!r}"
    return f"{test.field} {_SYMBOL.get(test.operator, '==')} {test.value!r}"


def _guards(rules: Iterable[Rule]) -> list[str]:
    """One check of type for each field: a number that is none becomes NaN, text that is none becomes None."""
    numbers = {test.field for rule in rules for test in rule.tests if test.operator in _SYMBOL}
    words = {test.field for rule in rules for test in rule.tests if test.operator == "is_not"}
    return [
        *(f" if type({name}) is not int and type({name}) is not float: {name} = nan" for name in sorted(numbers)),
        *(f" if type({name}) is not str: {name} = None" for name in sorted(words)),
    ]
