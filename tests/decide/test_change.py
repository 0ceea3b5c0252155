"""The smallest single change: it does make the policy fire, it is found when there is one, and it reads well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.decide.explain import explain
from careengine.decide.logic import result_of
from careengine.model.condition import AllOf, AnyOf, Condition, FieldTest, HistoryTest, Not
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import Entry, HistoryQuery
from careengine.model.policy import Recovery
from careengine.model.value import Moment, Money
from tests.decide import grammar
from tests.decide.worlds import (
    CATALOGUE,
    ENTRIES,
    EVENT,
    FIELDS,
    HOSTILE_FIELDS,
    NOW,
    conditions,
    facts,
    field_test,
    field_tests,
    policies,
    policy,
    policy_set,
    pounds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.decide.change import Change
    from careengine.model.policy import Policy
    from careengine.model.value import Value

DAY = timedelta(days=1)


def _policy(when: Condition, unless: Condition | None = None) -> Policy:
    return policy("p", "recovery", when, Recovery(steps=("fix",)), unless=unless)


def _changed(fields: Mapping[str, Value], entries: Sequence[Entry], change: Change) -> Facts:
    """The facts with the change applied by hand, not by the code that found it."""
    before = facts(fields, entries)
    if "(" in change.fact:
        return replace(before, history=EntryHistory(tuple(entries), {change.fact: change.to}))
    kept = {path: value for path, value in before.fields.items() if path != change.fact}
    return replace(before, fields=kept | ({} if change.to is None else {change.fact: change.to}))


@given(policies(), st.one_of(FIELDS, HOSTILE_FIELDS), ENTRIES)
def test_the_change_makes_the_conditions_true(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    for one in members:
        explanation = explain(facts(fields, entries), one)
        fires = explanation.result == "true"
        assert (explanation.in_the_way == 0) is (fires or one.status == "draft")
        if change := explanation.change:
            assert not fires
            supposed = _changed(fields, entries, change)
            assert result_of(one, supposed) is True
            assert [match.policy for match in decide(supposed, policy_set([one])).matched] == [one.id]


@given(grammar.policies())
def test_a_change_can_be_said_for_whatever_a_rule_can_ask(one: Policy) -> None:
    live = replace(one, status="live", events=frozenset({EVENT}), effective_from=None, effective_until=None)
    explanation = explain(facts({}), live)
    assert bool(explanation.what_if()) is (explanation.result != "true")
    if explanation.change:
        assert result_of(live, _changed({}, (), explanation.change)) is True
    assert explanation.to_json()["in_the_way"] == explanation.in_the_way


def _can_be_passed(test: FieldTest) -> bool:
    """Whether some value passes: a range may be empty, a number out of reach, and a list of two currencies never is."""
    reachable = test.field.minimum is None or test.operator in ("at_least", "more_than", "present")
    if test.operator == "more_than" and test.field.maximum is not None:
        reachable = test.operand < test.field.maximum
    currencies = {item.currency for item in test.operand} if _is_list_of_money(test.operand) else {""}
    return reachable and len(currencies) == 1 and test.operator not in ("matches", "between")


def _is_list_of_money(operand: Any) -> bool:
    return isinstance(operand, tuple) and isinstance(operand[0], Money)


@given(field_tests().filter(_can_be_passed), FIELDS, conditions())
def test_one_test_that_fails_is_always_one_change_away(
    test: FieldTest, fields: Mapping[str, Value], other: Condition
) -> None:
    alone = AnyOf(pointer="", items=(test, AllOf(pointer="", items=(other, Not(pointer="", item=other)))))
    explanation = explain(facts(fields), _policy(alone))
    assert explanation.result == "true" or explanation.change is not None


LATE = field_test("failure.days_late", "at_least", 7)
GOLD = field_test("customer.tier", "is", "gold")
SAFE = field_test("failure.safety", "is", operand=True)
CONTACTS = HistoryTest(
    pointer="",
    query=HistoryQuery(function="count", kind="interactions", direction="inbound", within=7 * DAY),
    operator="at_least",
    operand=3,
)
SPENT = HistoryTest(
    pointer="", query=HistoryQuery(function="sum", kind="offers"), operator="less_than", operand=pounds("50.00")
)


@pytest.mark.parametrize(
    ("when", "fields", "says"),
    [
        (LATE, {"failure.days_late": 5}, "the delay were at least 7 days (now 5)"),
        (LATE, {}, "the delay were at least 7 days (now not known)"),
        (field_test("failure.days_late", "at_least", -1), {}, "the delay were at least -1 days (now not known)"),
        (Not(pointer="", item=LATE), {"failure.days_late": 9}, "the delay were less than 7 days (now 9)"),
        (GOLD, {"customer.tier": "silver"}, "the customer's tier were gold (now silver)"),
        (SAFE, {"failure.safety": False}, "it were so that somebody's safety was at risk (now not so)"),
        (Not(pointer="", item=SAFE), {"failure.safety": True}, "it were not so that somebody's safety was at risk"),
        (CONTACTS, {}, "there were at least 3 inbound contacts within 7 days (now 0)"),
        (Not(pointer="", item=SPENT), {}, "offers came to at least 50.00 GBP (now 0"),
        (field_test("failure.type", "present", operand=True), {}, "the failure were known (now not known)"),
        (field_test("text", "contains", "refund"), {"text": "hello"}, '"refund" (now not shown)'),
        (field_test("case.tags", "contains", "vip"), {"case.tags": ("a",)}, "the case's tags contained vip (now a)"),
        (
            field_test("promise.due_at", "before", Moment()),
            {"promise.due_at": NOW + DAY},
            "the time the promise is due were past (now 2026-03-03T09:30:00Z)",
        ),
        (
            AllOf(pointer="", items=(LATE, field_test("failure.days_late", "at_most", 9))),
            {"failure.days_late": 12},
            "the delay were 9 days (now 12)",
        ),
    ],
)
def test_a_change_in_plain_english(when: Condition, fields: Mapping[str, Value], says: str) -> None:
    change = explain(facts(fields), _policy(when)).change
    assert change is not None
    assert change.says.startswith("would fire if ")
    assert says in change.says


def test_of_several_alternatives_the_nearest_is_named() -> None:
    either = AnyOf(pointer="", items=(GOLD, AllOf(pointer="", items=(SAFE, GOLD)), LATE))
    change = explain(facts({"failure.days_late": 6, "customer.tier": "silver"}), _policy(either)).change
    assert change is not None
    assert (change.fact, change.found, change.to) == ("failure.days_late", 6, 7)


def test_an_exception_is_what_has_to_change() -> None:
    change = explain(facts({"customer.tier": "gold", "failure.days_late": 8}), _policy(LATE, GOLD)).change
    assert change is not None
    assert change.says == "would fire if the customer's tier were not gold (now gold)"


def test_where_one_change_is_not_enough_it_says_how_many_conditions_stand_in_the_way() -> None:
    explanation = explain(facts({}), _policy(AllOf(pointer="", items=(LATE, GOLD, SAFE)), CONTACTS))
    assert explanation.change is None
    assert explanation.what_if() == "no single change would make it fire: 3 conditions stand in the way"


def test_what_fires_and_what_does_not_apply_needs_no_change() -> None:
    fires = explain(facts({"failure.days_late": 8}), _policy(LATE))
    draft = explain(facts({}), replace(_policy(LATE), status="draft"))
    assert (fires.what_if(), draft.what_if()) == ("", "")


FAILED: Mapping[str, Value] = {"type": "failure.recorded", "failure.id": "f-1", "customer.id": "C-1"}
GRAVE = HistoryTest(
    pointer="",
    query=HistoryQuery(function="count", kind="failures", within=7 * DAY, severity_at_least=3),
    operator="at_least",
    operand=1,
)
MILD = field_test("failure.severity", "at_most", 1)


def _of(fields: Mapping[str, Value], past: Sequence[Entry] = ()) -> Facts:
    return Facts.of({"id": "e-1", "source": "test", **FAILED, **fields}, NOW, past)


def _when_failed(when: Condition) -> Policy:
    return replace(_policy(when), events=frozenset({"failure.recorded"}))


def _grave_failure(days_ago: int) -> Entry:
    return Entry(at=NOW - days_ago * DAY, kind="failures", ref="f-0", status="open", severity=4)


def test_an_event_supposed_to_be_another_is_counted_as_the_other() -> None:
    rule = _when_failed(AllOf(pointer="", items=(MILD, GRAVE)))
    event = {"failure.severity": 3}
    assert explain(_of(event), rule).change is None
    there = explain(_of(event, [_grave_failure(2)]), rule).change
    assert there is not None
    assert (there.fact, there.to) == ("failure.severity", 1)


def test_where_the_event_itself_counts_only_the_very_value_is_named() -> None:
    less = AllOf(pointer="", items=(replace(MILD, operand=3), GRAVE))
    change = explain(_of({"failure.severity": 4}), _when_failed(less)).change
    assert change is not None
    assert change.says == "would fire if the severity of the failure were 3 (now 4)"


def test_of_a_recorded_decision_a_count_that_might_be_another_is_not_known() -> None:
    rule = _when_failed(AllOf(pointer="", items=(MILD, GRAVE)))
    seen = _of({"failure.severity": 3}, [_grave_failure(2)])
    decide(seen, policy_set([rule])).to_json()
    explain(seen, rule)
    recorded = Facts.from_snapshot(seen.snapshot(), CATALOGUE)
    assert explain(recorded, rule).change is None
    alike = _when_failed(AllOf(pointer="", items=(replace(LATE, operand=0), GRAVE)))
    change = explain(recorded, alike).change
    assert change is not None
    assert change.fact == "failure.days_late"


def test_another_event_is_no_change_of_this_one() -> None:
    rule = _when_failed(field_test("id", "is", "e-2"))
    assert explain(_of({}), rule).change is None


_FAILURES = st.builds(
    Entry,
    at=st.integers(0, 9).map(lambda days: NOW - days * DAY),
    kind=st.just("failures"),
    ref=st.sampled_from(["f-0", "f-1"]),
    severity=st.sampled_from([None, 1, 3, 4]),
    category=st.sampled_from([None, "late_delivery"]),
    case=st.sampled_from([None, "c-1", "c-2"]),
)
_COUNTED = st.builds(
    HistoryTest,
    pointer=st.just(""),
    query=st.builds(
        HistoryQuery,
        function=st.just("count"),
        kind=st.just("failures"),
        same=st.sampled_from([None, "case"]),
        severity_at_least=st.sampled_from([None, 3]),
        category=st.sampled_from([None, "late_delivery"]),
    ),
    operator=st.sampled_from(["at_least", "at_most", "is"]),
    operand=st.integers(0, 2),
)
_SEEN = st.one_of(
    st.integers(1, 4).map(lambda least: field_test("failure.severity", "at_least", least)),
    st.integers(1, 4).map(lambda most: field_test("failure.severity", "at_most", most)),
    st.sampled_from(["late_delivery", "damage"]).map(lambda kind: field_test("failure.type", "is", kind)),
    st.sampled_from(["c-1", "c-2"]).map(lambda case: field_test("case.id", "is_not", case)),
    st.booleans().map(lambda there: field_test("customer.id", "present", there)),
)
_FAILED = st.fixed_dictionaries(
    {},
    optional={
        "failure.severity": st.integers(1, 4),
        "failure.type": st.sampled_from(["late_delivery", "damage"]),
        "case.id": st.sampled_from(["c-1", "c-2"]),
    },
)


@given(
    st.lists(st.one_of(_SEEN, _COUNTED), min_size=2, max_size=3).map(
        lambda tests: AllOf(pointer="", items=tuple(tests))
    ),
    _FAILED,
    st.lists(_FAILURES, max_size=2),
    st.booleans(),
)
def test_the_event_made_anew_with_the_field_changed_fires(
    when: Condition,
    fields: Mapping[str, Value],
    past: Sequence[Entry],
    recorded: bool,  # noqa: FBT001
) -> None:
    rule, seen = _when_failed(when), _of(fields, past)
    if recorded:
        explain(seen, rule)
        seen = Facts.from_snapshot(seen.snapshot(), CATALOGUE)
    change = explain(seen, rule).change
    if change is not None and "(" not in change.fact:
        changed = {**_of(fields).fields, change.fact: change.to}
        anew = Facts.of({path: value for path, value in changed.items() if value is not None}, NOW, past)
        assert [match.policy for match in decide(anew, policy_set([rule])).matched] == [rule.id]
