"""The smallest single change that would make a policy fire: one field or one count, found by trying."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf, nextafter
from typing import TYPE_CHECKING, Any

from careengine.decide.english import say_found, say_test
from careengine.decide.logic import judge, result_of, tests_of
from careengine.model.condition import FieldTest, HistoryTest
from careengine.model.distance import step
from careengine.model.value import Moment, Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine.model.condition import Test
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

_TRIES = 500  # candidates, so that one policy with thousands of values cannot keep anybody waiting
_OTHER = "something else"
_ITSELF = ("type", "id", "source", "occurred_at")  # with another of these it would be another event, not a changed one
_NOT = {
    "is": "is_not",
    "is_not": "is",
    "in": "not_in",
    "not_in": "in",
    "more_than": "at_most",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
}
_FOUND = re.compile("^(it is|there is|there are|they come to|found) ")
_HISTORY = re.compile("^there (is|are)| come to ")
_SUPPOSED = (  # the first of these that follows a field's name, as if it were so
    (" is ", " were "),
    (" are ", " were "),
    (" contains ", " contained "),
    (" contain ", " contained "),
    (" starts with ", " started with "),
    (" matches ", " matched "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact, by its field's path or its query's key, that is `found` and would have to be `to`; None is missing."""

    fact: str
    found: Any
    to: Any
    says: str


def nearest_change(policy: Policy, facts: Facts, whole: Policy | None = None) -> Change | None:
    """The smallest change of one fact that makes all conditions of a policy true; None when no single one does.

    Of a row, `whole` is its table's policy, which must then act; what is tried is what the row asks.
    Everything else stays as it is, the customer's history before the event included.
    """
    tests = list(tests_of(policy.when, *([] if policy.unless is None else [policy.unless])))
    tried = [(step(found, to, facts.as_of), at, test, to) for at, (test, found, to) in enumerate(_tries(tests, facts))]
    for _, _, test, to in sorted(tried, key=lambda one: one[:2])[:_TRIES]:
        if result_of(whole or policy, supposing(facts, test, to)):
            return _change(test, tests, facts, to)
    return None


def supposing(facts: Facts, test: Test, to: Any) -> Facts:
    """The facts as if what the test looks at were so; None is missing."""
    if isinstance(test, FieldTest):
        return facts.supposing({test.field.path: to}, {})
    return facts.supposing({}, {test.query.key: to})


def _tries(tests: Sequence[Test], facts: Facts) -> Iterator[tuple[Test, Any, Any]]:
    for test in tests:
        if isinstance(test, FieldTest) and test.field.path in _ITSELF:
            continue
        found = judge(test, facts)[0]
        yield from ((test, found, _possible(test, to)) for to in _candidates(test, found, facts))


def _possible(test: Test, to: Any) -> Any:
    """The value itself, of a number that the field or a count cannot have the nearest that it can."""
    if type(to) not in (int, float):
        return to
    least, most = (test.field.minimum, test.field.maximum) if isinstance(test, FieldTest) else (0, None)
    return least if least is not None and to < least else most if most is not None and to > most else to


def _candidates(test: Test, found: Any, facts: Facts) -> Iterator[Any]:
    """Values at the edges of what passes the test and what fails it."""
    if test.operator == "present":
        yield from (None,) if found is not None else _anything(test)
    elif isinstance(test.operand, Moment):
        at = test.operand.at(facts.as_of)
        yield from (at - timedelta(microseconds=1), at + timedelta(microseconds=1))
    elif isinstance(test, FieldTest) and test.field.type == "tags":
        yield from _tags(test.operand, found)
    elif test.operator != "matches":
        yield from _around(test)
    elif isinstance(found, str):
        yield _OTHER


def _anything(test: Test) -> Iterator[Any]:
    if isinstance(test, FieldTest):
        kinds = {"number": 1, "integer": 1, "boolean": True, "tags": (_OTHER,)}
        yield from test.field.allowed[:1] or (kinds.get(test.field.type, _OTHER),)


def _tags(operand: Any, found: Any) -> Iterator[tuple[str, ...]]:
    wanted = operand if isinstance(operand, tuple) else (operand,)
    have = found if isinstance(found, tuple) else ()
    yield tuple(tag for tag in have if tag not in wanted)
    yield from ((*have, tag) for tag in wanted if tag not in have)
    yield tuple(dict.fromkeys((*have, *wanted)))


def _around(test: Test) -> Iterator[Any]:
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    whole = isinstance(test, HistoryTest) or test.field.type == "integer"
    for operand in operands:
        yield operand
        yield from _beside(operand, whole=whole)
    if all(isinstance(operand, str) for operand in operands):
        yield " ".join(operands)
        allowed = test.field.allowed if isinstance(test, FieldTest) else ()
        yield next((value for value in allowed if value not in operands), _OTHER)


def _beside(operand: Any, *, whole: bool) -> Iterable[Any]:
    if isinstance(operand, bool):
        return (not operand,)
    if isinstance(operand, Money):
        cent = Decimal("0.01")
        return (replace(operand, amount=operand.amount - cent), replace(operand, amount=operand.amount + cent))
    if isinstance(operand, int) and (whole or abs(operand) > 1 << 52):
        return (operand - 1, operand + 1)
    return (nextafter(operand, -inf), nextafter(operand, inf)) if isinstance(operand, (int, float)) else ()


def _change(test: Test, tests: Sequence[Test], facts: Facts, to: Any) -> Change:
    fact, found = _fact(test), judge(test, facts)[0]
    hidden = isinstance(test, FieldTest) and test.field.words and found is not None
    supposed = supposing(facts, test, to)
    alone = sum(_fact(other) == fact for other in tests) == 1 and _counts_alike(tests, facts, supposed)
    needed = _needed(test, supposed) if alone or to == _OTHER else _exactly(test, to)
    says = f"would fire if {_as_if(needed)} (now {'not shown' if hidden else _say_now(test, found)})"
    return Change(fact=fact, found=None if hidden else found, to=to, says=says)


def _counts_alike(tests: Sequence[Test], facts: Facts, supposed: Facts) -> bool:
    """Whether no count depends on what is changed, as one does that counts the event itself."""
    queries = (test.query for test in tests if isinstance(test, HistoryTest))
    return all(query.sees_alike(facts.fields, supposed.fields, facts.as_of) for query in queries)


def _fact(test: Test) -> str:
    return test.field.path if isinstance(test, FieldTest) else test.query.key


def _needed(test: Test, supposed: Facts) -> Test | str:
    """What must be so: the test, or its opposite, as a test or in words."""
    if judge(test, supposed)[1]:
        return test
    if test.operator == "present":
        return replace(test, operand=not test.operand)
    if test.operator in _NOT:
        return replace(test, operator=_NOT[test.operator])
    return f"it were not so that {say_test(test)}"


def _exactly(test: Test, to: Any) -> Test | str:
    """Where several tests look at one fact, or counts do, only the very value is sure to please all."""
    if isinstance(to, tuple):
        return f"{test.field.phrase} were {', '.join(to) or 'none'}" if isinstance(test, FieldTest) else ""
    if to is None:
        return replace(test, operator="present", operand=False)
    return replace(test, operator="is", operand=Moment(fixed=to) if isinstance(to, datetime) else to)


def _as_if(needed: Test | str) -> str:
    """What a test asks for, as something that is not so yet."""
    if isinstance(needed, str):
        return needed
    said = say_test(needed)
    if isinstance(needed, HistoryTest):
        return _HISTORY.sub(lambda found: "there were" if found[0][0] == "t" else " came to ", said, count=1)
    head, _, rest = said.partition(needed.field.phrase)
    if head or not said.startswith(needed.field.phrase):
        return said.replace("it is ", "it were ", 1) if said.startswith("it is ") else f"it were so that {said}"
    verb, past = next(pair for pair in _SUPPOSED if rest.startswith(pair[0]))
    return f"{needed.field.phrase}{past}{rest.removeprefix(verb)}"


def _say_now(test: Test, found: Any) -> str:
    return _FOUND.sub("", say_found(test, found))
