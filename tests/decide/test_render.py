"""A policy read aloud: total over the grammar, nothing left unsaid, no two that read the same."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine import resources
from careengine.decide.english import say_operand, say_text
from careengine.decide.render import render
from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.history import HistoryQuery
from careengine.model.message import Message
from careengine.model.policy import Policy, Recovery
from careengine.model.table import Table
from careengine.model.value import Moment, say_duration, say_instant
from careengine.policy.history_query import FILTERS
from careengine.policy.loader import load
from tests.decide.grammar import changed, history_tests, policies
from tests.decide.worlds import CATALOGUE, field_test, policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.condition import Condition

_TEXT_LISTS = st.lists(st.text('ab", \\\n', max_size=4), min_size=1, max_size=3)
GOLDEN = Path(__file__).parent / "golden"
STARTERS = load([resources.rules_folder()], CATALOGUE).policies


@pytest.mark.parametrize("starter", STARTERS, ids=[starter.id for starter in STARTERS])
def test_a_starter_policy_reads_as_it_should(starter: Policy) -> None:
    assert render(starter, CATALOGUE).text() + "\n" == (GOLDEN / f"{starter.id}.txt").read_text(encoding="utf-8")


def test_there_is_no_reading_of_a_policy_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {starter.id for starter in STARTERS}


def test_every_event_is_said_once() -> None:
    field = CATALOGUE.fields["type"]
    assert len(set(field.phrases)) == len(field.phrases) == len(field.allowed)
    assert set(resources.schema("policy")["properties"]["events"]["items"]["enum"]) == set(field.allowed)
    assert tuple(resources.schema("interaction")["properties"]["type"]["x-phrases"]) == field.allowed


def test_no_two_fields_have_one_name() -> None:
    phrases = [field.phrase for field in CATALOGUE.fields.values()]
    assert sorted(set(phrases)) == sorted(phrases)


@given(policies())
def test_nothing_is_left_unsaid(one: Policy) -> None:
    reading = render(one, CATALOGUE)
    text = reading.text()
    assert [word for word in _words(one) if word not in text] == []
    assert reading.markdown()
    assert reading.to_json()["text"] == text
    assert all(line == line.rstrip() and line.isprintable() for line in text.splitlines())


@settings(max_examples=300)
@given(st.data())
def test_what_means_something_else_reads_differently(data: st.DataObject) -> None:
    one = data.draw(policies())
    other = data.draw(st.one_of(changed(one), changed(one), policies()))
    if _meaning(one) != _meaning(other):
        assert render(one, CATALOGUE).text() != render(other, CATALOGUE).text()


@given(history_tests())
def test_the_generated_history_knows_every_filter(test: HistoryTest) -> None:
    assert set(FILTERS) | {"function", "kind", "policy"} == {field.name for field in fields(HistoryQuery) if field.init}
    assert test.query.policy is None


_SAID_OTHERWISE = {"events", "status", "steps", "support", "step", "hand_over", "field", "document", "path", "pointer"}
_SAID_OTHERWISE |= {"hit", "inputs", "outputs", "row", "lock_owner"}


@singledispatch
def _words(value: Any) -> Iterator[str]:
    """What must stand in the reading, from every leaf of the policy."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _words(getattr(value, field.name)) if field.name not in _SAID_OTHERWISE else ()
    elif value is not None:
        yield str(value)


@_words.register(FieldTest)
def _(test: FieldTest) -> Iterator[str]:
    yield test.field.phrase.removeprefix("whether ")
    if isinstance(test.operand, Moment):
        yield str(test.operand) if test.operand != Moment() else ""
    elif test.operator != "present":
        yield from _operand(test.operand, of_words=test.operator.startswith(("contains", "starts", "matches")))


@_words.register(Message)
def _(message: Message) -> Iterator[str]:
    for language, text in message.texts.items():
        yield f"in {language}: " if language else ""
        yield json.dumps(text, ensure_ascii=False) if text.isprintable() else ""


@_words.register(HistoryTest)
def _(test: HistoryTest) -> Iterator[str]:
    query = test.query
    named = (query.category, query.channel, query.direction, query.family, query.status, query.distinct)
    yield from (say_text(name) for name in named if name is not None)
    yield from (
        say_duration(length) for length in (query.within, query.distinct_gap, query.half_life) if length is not None
    )
    yield "" if query.severity_at_least is None else f"severity {query.severity_at_least}"
    yield from _operand(test.operand, of_words=False) if test.operand not in (0, 1) else ()


@_words.register(tuple)
@_words.register(dict)
def _(items: Any) -> Iterator[str]:
    for item in items.values() if isinstance(items, dict) else items:
        yield from _words(item)


@_words.register(timedelta)
def _(length: timedelta) -> Iterator[str]:
    yield say_duration(length)


@_words.register(datetime)
def _(at: datetime) -> Iterator[str]:
    yield say_instant(at)


def _operand(operand: Any, *, of_words: bool) -> Iterator[str]:
    for item in operand if isinstance(operand, tuple) else (operand,):
        if isinstance(item, str):
            yield item if of_words and item.isprintable() and '"' not in item else say_text(item).strip('"')
        elif not isinstance(item, bool):
            yield str(item)


def _meaning(value: Any) -> Any:
    """The policy with different ways to say one thing made one: those may read the same."""
    if isinstance(value, (AllOf, AnyOf)):
        same = value.items[0] if len(value.items) == 1 else None
        return _meaning(same) if same else (type(value), tuple(_meaning(item) for item in value.items))
    if isinstance(value, Not):
        return _not(_meaning(value.item))
    if isinstance(value, FieldTest):
        return _meaning_of_test(value)
    if isinstance(value, HistoryTest):
        none = (value.operator, value.operand) in {("is", 0), ("at_most", 0), ("less_than", 1)}
        return (value.query, "none") if none else (value.query, value.operator, value.operand)
    if isinstance(value, Policy | Table):
        return _meaning_of_whole(value)
    return value


def _meaning_of_whole(value: Policy | Table) -> Any:
    if isinstance(value, Table):
        rows = tuple((tuple(_meaning(cell) for cell in row.cells), row.outcome) for row in value.rows)
        return (value.hit, _meaning(value.shared), rows)
    asked = () if isinstance(value.outcome, Table) else (value.when,)  # a table says the same once more
    parts = (getattr(value, field.name) for field in fields(value) if field.name != "when")
    return tuple(_meaning(part) for part in (*asked, *parts))


def _meaning_of_test(test: FieldTest) -> Any:
    operator, operand = test.operator, test.operand
    if test.field.type == "boolean" and operator in ("is", "is_not"):
        asked = (test.field.path, "so")
        return asked if operand is (operator == "is") else _not(asked)
    if operator in ("in", "not_in") and len(operand) == 1:
        operator, operand = operator.replace("not_in", "is_not").replace("in", "is"), operand[0]
    return (test.field.path, operator, operand)


def _not(meaning: Any) -> Any:
    return ("not", meaning)


def _says(when: Condition) -> list[str]:
    reading = render(policy("p", "recovery", when, Recovery(steps=("fix",))), CATALOGUE)
    lines = reading.text().splitlines()
    return lines[2 : lines.index("Then:")]


def test_conditions_within_conditions_become_bullets() -> None:
    late, gold = field_test("failure.type", "is", "late_delivery"), field_test("customer.tier", "is", "gold")
    safe, days = field_test("failure.safety", "is", operand=True), field_test("failure.days_late", "at_least", 3)
    both = AllOf(pointer="", items=(gold, days))
    assert _says(both) == ["When the customer's tier is gold and the delay is at least 3 days."]
    nested = AllOf(pointer="", items=(late, Not(pointer="", item=AnyOf(pointer="", items=(safe, both)))))
    assert _says(nested) == [
        "When all of these are so:",
        "- the failure is late_delivery",
        "- none of these is so",
        "  - somebody's safety was at risk",
        "  - the customer's tier is gold and the delay is at least 3 days",
    ]


def test_signs_of_markdown_are_escaped() -> None:
    reading = render(
        policy("p", "recovery", field_test("text", "matches", "a*b[c]<d>"), Recovery(steps=("fix",))), CATALOGUE
    )
    assert '"a\\*b\\[c]\\<d>"' in reading.markdown()


@given(_TEXT_LISTS, _TEXT_LISTS)
def test_two_lists_of_texts_never_read_the_same(one: list[str], other: list[str]) -> None:
    if one != other:
        assert say_operand(tuple(one)) != say_operand(tuple(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("is", "3"), ("is", 3)),
        (("is", "yes"), ("is", True)),
        (("is", "known"), ("present", True)),
        (("is_not", "known"), ("present", False)),
        (("in", ("a", "b")), ("is", "one of a, b")),
    ],
)
def test_a_text_never_reads_as_something_else(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    path = "signals.acme.mood"
    assert _says(field_test(path, *one)) != _says(field_test(path, *other))
