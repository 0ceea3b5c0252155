"""What a test is about and what it leaves of it: one test, wanted true or false, as a set of values of one fact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.model.condition import COMPARING, FieldTest, HistoryTest
from careengine.model.value import Moment, Money
from careengine.policy.analysis.values import Choice, Range, Tags

if TYPE_CHECKING:
    from careengine.model.catalogue import Field
    from careengine.model.condition import Test
    from careengine.model.history import HistoryQuery
    from careengine.policy.analysis.values import Values

_FLIPPED = {
    "more_than": "at_most",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "is": "is_not",
    "is_not": "is",
    "in": "not_in",
    "not_in": "in",
}


class Subject(str):
    """One fact that tests are about, named by its text; instants seen from now and fixed ones are two facts.

    A text and no record, because a large set looks subjects up millions of times.
    """

    __slots__ = ("field", "query")
    field: Field | None
    query: HistoryQuery | None

    def __new__(cls, key: str, field: Field | None = None, query: HistoryQuery | None = None) -> Subject:  # noqa: PYI034
        """Name a fact; `field` or `query` says where its value comes from."""
        made = super().__new__(cls, key)
        made.field, made.query = field, query
        return made


NOW, FIXED = "now", "fixed"
AS_OF = Subject("the time of the decision")


def flipped(operator: str) -> str:
    """The operator that is true where this one is false; empty when there is none."""
    return _FLIPPED.get(operator, "")


def leaves(test: Test, *, wanted: bool) -> tuple[Subject, Values] | None:
    """What is left of the test's fact when the test is true (or false, not unknown). None: it cannot be told."""
    if isinstance(test, HistoryTest):
        return _of_history(test, wanted=wanted)
    kind = _kind(test)
    if kind == "instant":
        return _of_instant(test, wanted=wanted)
    subject = Subject(f"{test.field.path} as {kind}", field=test.field)
    if kind == "tags":
        return subject, _tags(test, wanted=wanted)
    if kind == "words":
        return subject, _choice(test, wanted=wanted)
    operator = test.operator if wanted else flipped(test.operator)
    return _ordered(subject, operator, test.operand, bounds_of(test))


def _kind(test: FieldTest) -> str:
    """How the values of a field are told apart; those of a signal by what the test compares with."""
    kind = test.field.type
    if kind in ("instant", "tags"):
        return kind
    if kind == "signal":
        first = test.operand[0] if isinstance(test.operand, tuple) else test.operand
        return "number" if type(first) in (int, float) else "words"
    return "number" if kind in ("number", "integer", "money") else "words"


def _choice(test: FieldTest, *, wanted: bool) -> Choice:
    named = frozenset(test.operand if isinstance(test.operand, tuple) else (test.operand,))
    base = Choice(only=_allowed(test.field))
    if test.operator in ("is", "in", "is_not", "not_in"):
        among = (test.operator in ("is", "in")) is wanted
        if test.field.type == "signal":
            # A signal may turn out to be text or a boolean; only what is said of text tells of all of it.
            return base.meet(Choice(only=named)) if among else Choice(words=_words(test, wanted=wanted))
        return base.meet(Choice(only=named) if among else Choice(never=named))
    return base.meet(Choice(words=_words(test, wanted=wanted)))


def _words(test: FieldTest, *, wanted: bool) -> frozenset[tuple[FieldTest, bool]]:
    return frozenset({(replace(test, pointer=""), wanted)})


def _allowed(known: Field) -> frozenset[Any] | None:
    if known.type == "boolean":
        return frozenset({True, False})
    return frozenset(known.allowed) or None if known.type == "category" else None


def bounds_of(test: Test) -> Range:
    """The values that the fact of a test can have at all, as far as they are ordered."""
    if isinstance(test, HistoryTest):
        whole = test.query.half_life is None
        return Range(low=0, whole=whole) if test.query.function == "count" else Range()
    known = test.field
    return Range(low=known.minimum, high=known.maximum, whole=known.type == "integer")


def _ordered(subject: Subject, operator: str, operand: Any, base: Range) -> tuple[Subject, Range] | None:
    many = operand if isinstance(operand, tuple) else (operand,)
    units = {part.currency if isinstance(part, Money) else "" for part in many}
    if len(units) > 1 or not operator:
        return None
    plain = tuple(part.amount if isinstance(part, Money) else part for part in many)
    found = _range(operator, plain)
    return subject, base.meet(replace(found, unit=units.pop()))


def _range(operator: str, plain: tuple[Any, ...]) -> Range:
    if operator in COMPARING:
        low = plain[0] if operator in ("more_than", "at_least", "between") else None
        high = plain[-1] if operator in ("less_than", "at_most", "between") else None
        return Range(low=low, high=high, low_open=operator == "more_than", high_open=operator == "less_than")
    values = frozenset(plain)
    return Range(only=values) if operator in ("is", "in") else Range(never=values)


def _of_instant(test: FieldTest, *, wanted: bool) -> tuple[Subject, Range]:
    moment: Moment = test.operand
    view, end = (FIXED, moment.fixed) if moment.fixed is not None else (NOW, moment.shift)
    subject = Subject(f"{test.field.path} as {view}", field=test.field)
    if (test.operator == "before") is wanted:
        return subject, Range(high=end, high_open=wanted)
    return subject, Range(low=end, low_open=wanted)


def _tags(test: FieldTest, *, wanted: bool) -> Tags:
    named = frozenset(test.operand if isinstance(test.operand, tuple) else (test.operand,))
    if test.operator == "contains_all":
        return Tags(has=named) if wanted else Tags(lacks_one_of=frozenset({named}))
    if not wanted:
        return Tags(lacks=named)
    return Tags(has=named) if len(named) == 1 else Tags(one_of=frozenset({named}))


def _of_history(test: HistoryTest, *, wanted: bool) -> tuple[Subject, Range] | None:
    operator = test.operator if wanted else flipped(test.operator)
    first = test.operand[0] if isinstance(test.operand, tuple) else test.operand
    # A sum of nothing is zero in every currency, so each currency is a fact of its own.
    unit = f" in {first.currency}" if isinstance(first, Money) else ""
    subject = Subject(test.query.key + unit, query=test.query)
    return _ordered(subject, operator, test.operand, bounds_of(test))
