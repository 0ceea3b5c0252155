"""What each operator means. One test of one value is true, false, or unknown (None); nothing is coerced.

A value of another type than the operator asks for is unknown, as is money in another currency. A boolean is no
number, and what is not a number (NaN) is none. `present` is the one test that always knows.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import re2

from careengine.model.condition import COMPARING, HistoryTest
from careengine.model.value import Money

if TYPE_CHECKING:
    from collections.abc import Hashable

    from careengine.model.condition import FieldTest, Test
    from careengine.model.facts import Facts
    from careengine.model.history import HistoryValue

# A value that is there, and the instant of the decision, to true, false or unknown.
Check = Callable[[Any, datetime], bool | None]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "more_than": operator.gt,
    "at_least": operator.ge,
    "less_than": operator.lt,
    "at_most": operator.le,
    "between": lambda value, bounds: bool(bounds[0] <= value <= bounds[1]),
}
_SAME = ("is", "is_not", "in", "not_in")
# Bytes that one pattern may take for its program and caches. What does not fit is searched for by RE2's slower way,
# whose time is bounded; with megabytes to fill, patterns made for it take longer still, and a set of them a gigabyte.
_RE2_MEMORY = 256 << 10
_LAST = "\xff"  # of Latin-1; it stands for all letters beyond, so that ranges of letters stay ranges
_BEYOND = re.compile("[^\0-\xff]")
_ESCAPE = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|([pP](?:\{[^}]*\}|.))|.)", re.DOTALL)


def ask_field(test: FieldTest, facts: Facts) -> bool | None:
    """The answer of a field test on these facts."""
    if test.field.words:
        key = f"{test.field.path} {test.operator} {test.operand}"
        return facts.words.ask(key, lambda: judge_field(test, facts))
    return judge_field(test, facts)


def judge_field(test: FieldTest, facts: Facts) -> bool | None:
    """The answer from the field's value itself."""
    value = facts.fields.get(test.field.path)
    if test.operator == "present":
        return (value is not None) is test.operand
    return None if value is None else check(test)(value, facts.as_of)


def judge_history(test: HistoryTest, found: HistoryValue) -> bool | None:
    """The answer of a history test for what was counted or summed."""
    if found is None:
        return None
    if isinstance(found, Money):
        return _compare_money(test.operator, found, test.operand)
    if test.operator in COMPARING:
        return _COMPARE[test.operator](found, test.operand)
    return (found == test.operand) is (test.operator == "is")


def pattern(text: str) -> Any:
    """An RE2 pattern with bounded memory, for the caller to keep. Raises `re2.error` with the reason."""
    options = re2.Options()
    options.max_mem = _RE2_MEMORY
    options.log_errors = False
    options.never_capture = True  # nobody asks what a group held, and keeping it costs a search most of its time
    return re2.compile(text, options)


def steps(text: str) -> int:
    r"""How many places in a pattern RE2 may have to keep in mind at once, at each character that it searches.

    That is the size of its program, were every letter one of Latin-1. A class such as `\p{L}` adds hundreds of parts to
    the real program, of which hardly any are ever in use at once, so here it is one. A group with a name is kept for
    each place, so it counts twice as much. Raises `re2.error`.
    """
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.never_capture = True
    plain = _BEYOND.sub(_LAST, _ESCAPE.sub(_in_latin1, text))
    try:
        program = re2.compile(plain.encode("latin-1"), options)
    except re2.error:  # such as two groups whose names only differ in letters that are one here
        program = pattern(text)
    return int(program.programsize + 2 * program.groups)


def _in_latin1(escape: re.Match[str]) -> str:
    code, class_ = escape.groups()
    return _LAST if class_ or (code and int(code, 16) > ord(_LAST)) else escape[0]


def check(test: FieldTest) -> Check:
    """The check that a field test makes, built once and kept by the test."""
    made: Check | None = getattr(test, "checked", None)
    if made is None:
        made = _check(test)
        object.__setattr__(test, "checked", made)  # no part of what the test is, and the same whoever asks first
    return made


def _check(test: FieldTest) -> Check:
    kind = test.field.type
    if test.operator in ("before", "after"):
        return _moment(test)
    if kind == "money":
        return _money(test)
    if kind == "tags":
        return _tags(test)
    if test.operator in ("contains", "contains_any", "contains_all", "starts_with", "matches"):
        return _words(test)
    return _number(test) if test.operator in COMPARING else _equal(test)


def knows(test: Test) -> Hashable:
    """A key of what makes a test unknown: on whatever facts, tests with one key are all unknown or none is.

    None for a test that always knows. Kept in step with the checks below, and held to them by a test.
    """
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    kinds = frozenset(one.currency if isinstance(one, Money) else _kinds(one) for one in operands)
    if isinstance(test, HistoryTest):
        return (test.query.key, kinds)
    if test.operator == "present":
        return None
    path, mixed = test.field.path, test.operand if len(kinds) > 1 else None
    if test.field.words:
        return (path, test.operator, test.operand)  # the facts may remember the answer to one and not to another
    asks = "compare" if test.operator in COMPARING else "same" if test.operator in _SAME else test.operator
    return (path, asks, kinds, mixed)


def _number(test: FieldTest) -> Check:
    compare, operand = _COMPARE[test.operator], test.operand
    # NaN differs from itself; `isnan` would choke on a whole number that fits no float.
    return lambda value, _: compare(value, operand) if type(value) in (int, float) and value == value else None  # noqa: PLR0124


def _equal(test: FieldTest) -> Check:
    many = isinstance(test.operand, tuple)
    wanted = frozenset(test.operand) if many else frozenset((test.operand,))
    kinds = _kinds(next(iter(wanted)))
    when_in = test.operator in ("is", "in")
    return lambda value, _: (value in wanted) is when_in if type(value) in kinds and value == value else None  # noqa: PLR0124


def _kinds(example: Any) -> tuple[type, ...]:
    return (int, float) if type(example) in (int, float) else (type(example),)


def _money(test: FieldTest) -> Check:
    return lambda value, _: _compare_money(test.operator, value, test.operand) if isinstance(value, Money) else None


def _compare_money(name: str, found: Money, operand: Any) -> bool | None:
    wanted = operand if isinstance(operand, tuple) else (operand,)
    same = [money.amount for money in wanted if found.currency in ("", money.currency)]
    if len(same) < len(wanted):
        return None  # no rate of exchange is assumed
    if name in COMPARING:
        return _COMPARE[name](found.amount, tuple(same) if name == "between" else same[0])
    return (found.amount in same) is (name in ("is", "in"))


def _moment(test: FieldTest) -> Check:
    compare = operator.lt if test.operator == "before" else operator.gt
    # An instant without an offset is none that compares; events never bring one, an embedding program may.
    return lambda value, as_of: (
        compare(value, test.operand.at(as_of)) if isinstance(value, datetime) and value.tzinfo else None
    )


def _tags(test: FieldTest) -> Check:
    wanted = frozenset(test.operand if isinstance(test.operand, tuple) else (test.operand,))
    enough = wanted.issubset if test.operator == "contains_all" else lambda tags: not wanted.isdisjoint(tags)
    return lambda value, _: enough(value) if isinstance(value, tuple) else None


def _words(test: FieldTest) -> Check:
    found = _found_in(test)
    return lambda value, _: found(value) if isinstance(value, str) else None


def _found_in(test: FieldTest) -> Callable[[str], bool]:
    """Whether text fits; capitals matter only to `matches`, whose pattern can say `(?i)`."""
    if test.operator == "matches":
        search = pattern(test.operand).search
        return lambda text: search(_encodable(text)) is not None
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    wanted = tuple(part.casefold() for part in operands)
    if test.operator == "starts_with":
        return lambda text: text.casefold().startswith(wanted)
    every = all if test.operator == "contains_all" else any
    return lambda text: every(part in folded for folded in (text.casefold(),) for part in wanted)


def _encodable(text: str) -> str:
    # RE2 works on UTF-8, which has no lone surrogates.
    return text.encode("utf-8", "replace").decode("utf-8")
