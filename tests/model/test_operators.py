"""What each operator means, and that nothing is coerced."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.condition import OPERATORS
from careengine.model.operators import ask_field, check, knows, pattern, steps
from careengine.model.value import Moment, Money
from tests.decide.worlds import ANYTHING, NOW, facts, field_test, field_tests, pounds

if TYPE_CHECKING:
    from careengine.model.condition import FieldTest

DAY = timedelta(days=1)
CASES: list[tuple[str, str, Any, Any, bool | None]] = [
    ("customer.tier", "is", "gold", "gold", True),
    ("customer.tier", "is", "gold", "Gold", False),
    ("customer.tier", "is", "1", 1, None),
    ("customer.tier", "is_not", "gold", "silver", True),
    ("customer.tier", "is_not", "gold", None, None),
    ("customer.tier", "in", ("gold", "platinum"), "platinum", True),
    ("customer.tier", "not_in", ("gold", "platinum"), "silver", True),
    ("customer.tier", "not_in", ("gold", "platinum"), None, None),
    ("failure.days_late", "more_than", 3, 3, False),
    ("failure.days_late", "more_than", 3, 3.5, True),
    ("failure.days_late", "at_least", 3, 3, True),
    ("failure.days_late", "at_least", 3, True, None),
    ("failure.days_late", "at_least", 3, "4", None),
    ("failure.days_late", "less_than", 3, 3, False),
    ("failure.days_late", "at_most", 3, 3, True),
    ("failure.days_late", "at_most", 3, float("nan"), None),
    ("failure.days_late", "between", (2, 4), 4, True),
    ("failure.days_late", "between", (2, 4), 5, False),
    ("failure.days_late", "is", 3, 3.0, True),
    ("failure.safety", "is", True, True, True),
    ("failure.safety", "is", True, 1, None),
    ("customer.lifetime_value", "at_least", pounds("10.00"), pounds("10"), True),
    ("customer.lifetime_value", "at_least", pounds("10.00"), Money(pounds("99").amount, "EUR"), None),
    ("customer.lifetime_value", "is", pounds("10.00"), pounds("10.0"), True),
    ("customer.lifetime_value", "between", (pounds("1"), pounds("2")), pounds("1.50"), True),
    ("promise.due_at", "before", Moment(), NOW - DAY, True),
    ("promise.due_at", "before", Moment(), NOW, False),
    ("promise.due_at", "before", Moment(), (NOW - DAY).replace(tzinfo=None), None),
    ("promise.due_at", "after", Moment(shift=-DAY), NOW, True),
    ("promise.due_at", "after", Moment(fixed=datetime(2027, 1, 1, tzinfo=UTC)), NOW, False),
    ("customer.vulnerability", "contains", "bereavement", ("bereavement",), True),
    ("customer.vulnerability", "contains_any", ("a", "b"), ("b", "c"), True),
    ("customer.vulnerability", "contains_all", ("a", "b"), ("b", "c"), False),
    ("customer.vulnerability", "contains", "a", (), False),
    ("text", "contains", "Refund", "no REFUND yet", True),
    ("text", "contains_any", ("refund", "money"), "my money", True),
    ("text", "contains_all", ("refund", "money"), "my money", False),
    ("text", "starts_with", "RE:", "re: order", True),
    ("text", "matches", r"\border-\d+\b", "about order-77.", True),
    ("text", "matches", r"^order", "about order-77.", False),
    ("text", "contains", "x", 5, None),
    ("text", "present", True, "x", True),
    ("text", "present", False, None, True),
    ("customer.tier", "present", True, None, False),
    ("signals.mood.score", "at_least", 0.5, 0.7, True),
    ("signals.mood.label", "is", "calm", 0.7, None),
]


@pytest.mark.parametrize(("path", "operator", "operand", "found", "answer"), CASES)
def test_operators(path: str, operator: str, operand: Any, found: Any, answer: bool | None) -> None:  # noqa: FBT001
    world = {} if found is None else {path: found}
    assert ask_field(field_test(path, operator, operand), facts(world)) is answer


def test_every_operator_has_an_example() -> None:
    assert {operator for _, operator, *_ in CASES} == set(OPERATORS)


@given(field_tests(), ANYTHING)
def test_a_value_of_another_type_is_unknown_and_nothing_raises(test: FieldTest, value: Any) -> None:
    answer = ask_field(test, facts({test.field.path: value}))
    fitting: dict[str, tuple[type, ...]] = {
        "text": (str,),
        "number": (int, float),
        "integer": (int, float),
        "boolean": (bool,),
        "money": (Money,),
        "instant": (datetime,),
        "tags": (tuple,),
    }
    if test.operator != "present" and type(value) not in fitting[test.field.type]:
        assert answer is None
    assert answer in (True, False, None)


@given(field_tests().filter(lambda test: test.operator in ("is", "in", "more_than", "at_least")), ANYTHING)
def test_opposites_disagree_wherever_they_know(test: FieldTest, value: Any) -> None:
    opposite = {"is": "is_not", "in": "not_in", "more_than": "at_most", "at_least": "less_than"}[test.operator]
    world = facts({test.field.path: value})
    answer = ask_field(test, world)
    other = ask_field(field_test(test.field.path, opposite, test.operand), world)
    assert other is (None if answer is None else not answer)


def test_a_pattern_is_compiled_once_and_looks_at_each_letter_once() -> None:
    letters, test = "a" * 100_000 + "!", field_test("text", "matches", "(a+)+$")
    start = time.process_time()
    for _ in range(3):  # what a backtracking engine would not finish in this world's lifetime
        assert ask_field(test, facts({"text": letters})) is False
    assert time.process_time() - start < 2.0
    assert check(test) is check(test)


@given(st.lists(field_tests(), min_size=2, max_size=8), ANYTHING)
def test_tests_with_one_key_are_unknown_together(tests: list[FieldTest], value: Any) -> None:
    for path in {test.field.path for test in tests}:
        world = facts({path: value})
        unknown: dict[Any, set[bool]] = {}
        for test in tests:
            if test.field.path == path:
                unknown.setdefault(knows(test), set()).add(ask_field(test, world) is None)
        assert unknown.pop(None, {False}) == {False}
        assert all(len(answers) == 1 for answers in unknown.values())


def test_patterns_go_with_the_rules_that_ask_them() -> None:
    def kept() -> int:
        gc.collect()
        return sum(type(one) is type(pattern("x")) for one in gc.get_objects())

    before = kept()
    tests = [field_test("text", "matches", f"gone-{number}") for number in range(500)]
    assert all(check(test)(f"gone-{number}", NOW) for number, test in enumerate(tests))
    assert kept() >= 500
    tests.clear()
    assert kept() <= before + 128  # RE2's own module remembers so many


_MANY_PATTERNS = """
import random, resource, string
from careengine.model.operators import pattern
rng = random.Random(1)
made = [pattern(f"(?i)[a-m].{{30,{n}}}[n-z]{{{1 + k}}}\\\\d") for n in range(31, 50, 2) for k in range(3)]
text = "".join(rng.choices(string.ascii_letters, k=20_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert not any(one.search(text) for one in made)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_pattern_made_to_fill_memory_fills_little_of_it() -> None:
    said = subprocess.run([sys.executable, "-c", _MANY_PATTERNS], capture_output=True, check=True, text=True)
    assert int(said.stdout) < 30 * 160  # kilobytes, for 30 patterns


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("abc", 7),
        ("жук", 7),
        (r"\p{L}", 5),
        (r"\pN{10}", 14),
        (r"\\p{10}", 15),  # a backslash and ten times `p`
        ("[à-ü]", 5),
        (r"[\x{3b1}-ω]", 5),
        (r"[b-\x{200}]", 5),
        (r"\x{61}\x{436}", 6),
        ("(?P<\u0430>x)(?P<\u0431>y)", 14),
        ("(x)(y)", 6),
        ("a{50}", 54),
    ],
)
def test_a_place_in_a_pattern_is_a_step_whatever_alphabet_it_is_of(text: str, taken: int) -> None:
    assert steps(text) == taken


@given(st.text(alphabet=r"ab\px{}[]()|*?+-^$.1жЖ,QE:P<>", max_size=20))
def test_whatever_can_be_searched_for_has_steps(text: str) -> None:
    try:
        pattern(text)
    except re2.error:
        return
    assert 0 < steps(text) <= pattern(text).programsize + 2 * pattern(text).groups
