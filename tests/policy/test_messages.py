from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from careengine.model.policy import Recovery
from tests.policy.bench import RECOVERY

if TYPE_CHECKING:
    from careengine.errors import Problem
    from tests.policy.bench import Bench

LETTER = """\
message:
  en: >-
    Dear {{ customer.name }}, we are sorry.
    Please accept {{ offer.amount }}.
  de: Es tut uns leid, {{ customer.name | upcase }}.
"""


def problems(bench: Bench, message: str, policy: str = RECOVERY) -> list[Problem]:
    return bench.check(bench.write("late-delivery.yaml", policy + message))


def only(bench: Bench, text: str) -> tuple[str, str, str]:
    (problem,) = problems(bench, f"message: >-\n  Dear friend,\n\n  now {text}\n")
    assert (problem.line, problem.pointer) == (RECOVERY.count("\n") + 4, "/message")
    assert text[problem.column - len("  now ") - 1 :].startswith(problem.excerpt[problem.column - 1 :])
    return problem.code, problem.message, problem.suggestion


def test_a_message_in_two_languages(bench: Bench) -> None:
    outcome = bench.load(bench.write("late-delivery.yaml", RECOVERY + LETTER)).outcome
    assert isinstance(outcome, Recovery)
    assert outcome.message is not None
    assert outcome.message.texts == {
        "en": "Dear {{ customer.name }}, we are sorry. Please accept {{ offer.amount }}.",
        "de": "Es tut uns leid, {{ customer.name | upcase }}.",
    }


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("{{ customer.nmae }}", "CE381", "did you mean `customer.name`?"),
        ("{{ tier }}", "CE381", "did you mean `customer.tier`?"),
        ("{{ offer.amuont }}", "CE381", "did you mean `offer.amount`?"),
        ("{{ customer }}", "CE381", "name one of its fields, such as `customer.id`"),
        ("{{ now }}", "CE381", ""),
        ("{{ customer.name.first }}", "CE381", "did you mean `customer.name`?"),
        ("{{ customer[case.id] }}", "CE380", "write the whole name, such as `case.id`"),
        ("{{ customer.name | upercase }}", "CE382", "did you mean `upcase`?"),
        ("{% include 'x' %}", "CE383", "choose one of `if`, `unless`, `case`, `for` and `comment`"),
        ("{% iff customer.name %}", "CE383", "did you mean `if`?"),
        ("{% if customer.name %}", "CE380", ""),
        ("{% if customer.name %}{% endfor %}", "CE380", ""),
        ("{{ customer.name", "CE380", ""),
        ("{{ customer.name + 1 }}", "CE380", ""),
        ("{{ }}", "CE380", ""),
        ("{% for i in (1..999999999) %}x{% endfor %}", "CE380", "name one, such as `case.tags`"),
        ("{% for i in 5 %}x{% endfor %}", "CE380", "name one, such as `case.tags`"),
        ("{% for case in customer.vulnerability %}{{ case }}{% endfor %}", "CE380", "call the items otherwise"),
        ("{{ case.subject }}", "CE384", "name the thing by its id, such as `case.id`"),
        ("{{ customer.name | date }}", "CE385", ""),
        ("{{ customer.since | date: 'tiny' }}", "CE385", "choose one of `short`, `medium`, `long` and `full`"),
        ("{{ customer.name | default }}", "CE385", 'write `default: "…"`'),
        ("{{ customer.name | upcase: 1 }}", "CE385", ""),
    ],
)
def test_what_is_wrong_is_told_at_its_place(bench: Bench, text: str, code: str, suggestion: str) -> None:
    found = only(bench, text)
    assert (found[0], found[2]) == (code, suggestion)
    assert found[1].strip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ customer.name", "what begins here is never closed; write `}}` after it"),
        ("{{ }}", "a value is missing here, such as `case.id`"),
        ("{% if %}x{% endif %}", "a value is missing here, such as `case.id`"),
        ("{{ customer.name case.id }}", "this does not belong here: after a value comes `|` with a filter, or the end"),
        ("{% for x %}{% endfor %}", "`for` is written as `{% for tag in case.tags %}`"),
        ("{{ customer.name | }}", "after `|` a filter is missing, such as `upcase`"),
        ("{{ 'abc }}", "a quotation mark is never closed"),
        ('{{ "abc }}', "a quotation mark is never closed"),
        ("{{ customer.name ? }}", "`?` does not belong here"),
        ("{% else %}", "`{% else %}` belongs to a tag that is not open here"),
        ("{{ customer['x' }}", "the name before a bracket is written whole, such as `case.id`"),
        ("{{ customer.since | date: 'long' 'x' }}", "between the values of a filter stands a comma"),
        (
            "{% for x in case.tags up: 1 %}{% endfor %}",
            "after the list of a `for` come only `reversed`, `limit` and `offset`",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_words(bench: Bench, text: str, message: str) -> None:
    document = json.dumps(f"Dear friend, {text}")
    (problem,) = problems(bench, f"message: {document}\n")
    assert (problem.code, problem.message) == ("CE380", message)


def test_the_place_is_exact(bench: Bench) -> None:
    text = "message:\n  de: Ja, {{ customer.name }}.\n  en: 'Dear {{ customer.name }}, {{ customer.nmae }}'\n"
    (problem,) = problems(bench, text)
    line = RECOVERY.count("\n") + 3
    assert (problem.line, problem.pointer) == (line, "/message/en")
    assert problem.excerpt[problem.column - 1 :].startswith("customer.nmae")


def test_every_mistake_is_told_at_once(bench: Bench) -> None:
    text = "message: '{{ customer.nmae | upercase }} {{ customer.nmae }} {{ case.idd }}'\n"
    found = problems(bench, text)
    assert [problem.code for problem in found] == ["CE381", "CE382", "CE381", "CE381"]
    assert len({problem.column for problem in found}) == 4


def test_a_language_that_there_is_not(bench: Bench) -> None:
    (problem,) = problems(bench, "message: {english: Dear friend}\n")
    assert (problem.code, problem.suggestion) == ("CE386", "write `en`, `de` or `de-AT`")


def test_a_message_needs_somebody_who_sends_it(bench: Bench) -> None:
    silent = RECOVERY.replace("[apologise, fix, offer]", "[fix]").partition("offer:")[0]
    (problem,) = problems(bench, "message: Dear friend\n", silent)
    assert problem.code == "CE387"


def test_without_an_offer_its_amount_cannot_be_named(bench: Bench) -> None:
    plain = RECOVERY.replace("[apologise, fix, offer]", "[apologise]").partition("offer:")[0]
    (problem,) = problems(bench, "message: 'Take {{ offer.expires_at }}'\n", plain)
    assert problem.code == "CE381"


@pytest.mark.parametrize("message", ["message: 3\n", "message: ''\n", "message: {}\n", "message: {en: }\n"])
def test_a_message_of_another_form(bench: Bench, message: str) -> None:
    (problem,) = problems(bench, message)
    assert problem.code.startswith("CE20")


def test_a_row_of_a_table_may_have_its_own_message(bench: Bench) -> None:
    table = """\
table:
  hit_policy: first
  inputs: [customer.tier]
  outputs: [offer.amount, message]
  rows:
    - [gold, 20.00 GBP, "Dear {{ customer.name }}, take {{ offer.amount }}."]
    - [-, 10.00 GBP, "Take {{ offer.amuont }}."]
"""
    spoilt = RECOVERY.replace('  amount: {by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}\n', "") + table
    (problem,) = problems(bench, "", spoilt)
    assert (problem.code, problem.pointer) == ("CE381", "/table/rows/1/2")
    assert problem.excerpt[problem.column - 1 :].startswith('"Take {{ offer.amuont')
    assert problems(bench, "", spoilt.replace("amuont", "amount")) == []
