"""What the analysis says of policies is held against the plain evaluator, on generated policies and events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine import resources
from careengine.decide.explain import explain
from careengine.model.condition import FieldTest
from careengine.model.facts import Facts, RecordedHistory
from careengine.policy.analysis import analyse
from careengine.policy.analysis.normal import matching, refusing
from tests.decide.worlds import CATALOGUE, ENTRIES, FIELDS, NOW, conditions, facts, field_test, policies, pounds

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.policy.analysis.example import Example

# Narrow leaves, so that conditions often meet, clash and imply each other.
_LEAVES = st.one_of(
    st.builds(
        field_test,
        st.just("failure.severity"),
        st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is", "is_not"]),
        st.integers(1, 4),
    ),
    st.builds(
        field_test,
        st.just("failure.days_late"),
        st.sampled_from(["at_least", "at_most", "more_than", "is"]),
        st.integers(0, 4),
    ),
    st.builds(field_test, st.just("failure.days_late"), st.just("between"), st.sampled_from([(0, 2), (1, 1), (2, 4)])),
    st.builds(field_test, st.just("failure.safety"), st.sampled_from(["is", "is_not", "present"]), st.booleans()),
    st.builds(
        field_test, st.just("customer.tier"), st.sampled_from(["is", "is_not"]), st.sampled_from(["gold", "silver"])
    ),
    st.builds(
        field_test,
        st.just("customer.tier"),
        st.sampled_from(["contains", "starts_with"]),
        st.sampled_from(["go", "silver", "GOLD"]),
    ),
    st.builds(
        field_test,
        st.just("customer.vulnerability"),
        st.sampled_from(["contains_any", "contains_all"]),
        st.sampled_from([("vip",), ("vip", "bereavement")]),
    ),
    st.builds(
        field_test,
        st.just("customer.lifetime_value"),
        st.sampled_from(["at_least", "less_than", "is"]),
        st.sampled_from([pounds("1"), pounds("5")]),
    ),
)
_VALUES: Any = st.fixed_dictionaries(
    {},
    optional={
        "failure.severity": st.integers(1, 4),
        "failure.days_late": st.integers(0, 5),
        "failure.safety": st.booleans(),
        "customer.tier": st.sampled_from(["gold", "silver", "Gold plated"]),
        "customer.vulnerability": st.sampled_from([(), ("vip",), ("bereavement", "vip"), ("surveys",)]),
        "customer.lifetime_value": st.sampled_from([pounds("0"), pounds("1"), pounds("3"), pounds("5")]),
    },
)
EVENTS = st.lists(st.builds(facts, _VALUES), min_size=1, max_size=8)
# Within what the schema of interactions lets through; the analysis counts on that.
WIDE_EVENTS = st.lists(
    st.builds(facts, FIELDS.filter(lambda fields: _fits(fields.get("failure.days_late"))), ENTRIES),
    min_size=1,
    max_size=5,
)


def _fits(days: Any) -> bool:
    return days is None or (type(days) is int and days >= 0)


def _result(policy: Policy, event: Facts) -> str:
    return explain(event, policy).result


def _matched(policy: Policy, example: Example) -> bool:
    event = Facts(fields=example.fields, as_of=example.as_of, history=RecordedHistory(dict(example.history)))
    return _result(policy, event) == "true"


@settings(deadline=None, max_examples=60)
@given(made=st.one_of(policies(), policies(_LEAVES)), events=st.one_of(EVENTS, WIDE_EVENTS))
def test_an_event_on_which_a_policy_matches_lies_in_one_of_its_boxes(made: list[Policy], events: list[Facts]) -> None:
    for policy in made:
        if not matching(policy):
            assert "true" not in {_result(policy, event) for event in events}
        if not refusing(policy) and policy.status in ("live", "shadow"):
            assert "false" not in {_result(policy, event) for event in events}


@settings(deadline=None, max_examples=60)
@given(made=policies(_LEAVES), events=EVENTS)
def test_a_box_within_another_matches_nothing_that_the_other_does_not(made: list[Policy], events: list[Facts]) -> None:
    acting = [policy for policy in made if policy.status in ("live", "shadow")]
    boxes = {policy.id: matching(policy) for policy in acting}
    for one in acting:
        for other in acting:
            if all(any(mine.within(theirs) for theirs in boxes[other.id]) for mine in boxes[one.id]):
                for event in events:
                    assert _result(one, event) != "true" or _result(other, event) == "true"


@settings(deadline=None, max_examples=60)
@given(made=st.one_of(policies(), policies(_LEAVES)), events=EVENTS)
def test_every_finding_is_so_and_its_example_shows_it(made: list[Policy], events: list[Facts]) -> None:
    live = [replace(policy, status="live") for policy in made]
    by_id = {policy.id: policy for policy in live}
    for finding in analyse(live, CATALOGUE, NOW):
        policy = finding.policy
        results = {_result(policy, event) for event in events}
        assert finding.code != "CE701" or "true" not in results
        assert finding.code != "CE702" or "false" not in results
        if finding.example:
            assert _matched(policy, finding.example) is (finding.code != "CE701")
        if finding.code in ("CE703", "CE704", "CE705"):
            other = next(by_id[name] for name in by_id if f"`{name}`" in finding.message)
            assert finding.example is None or _matched(other, finding.example)
            assert finding.example or finding.code != "CE705"
            if finding.code != "CE705":
                assert all(_result(policy, e) != "true" or _result(other, e) == "true" for e in events)


@settings(deadline=None, max_examples=30)
@given(when=conditions(_LEAVES), data=st.data())
def test_an_example_is_an_interaction_that_could_be_sent(when: Any, data: st.DataObject) -> None:
    (policy, *_) = data.draw(policies(st.just(when) if isinstance(when, FieldTest) else _LEAVES))
    found = [finding.example for finding in analyse([policy], CATALOGUE, NOW) if finding.example]
    for example in found:
        document = example.to_json()["event"]
        jsonschema.validate(document, resources.schema("interaction"))
        assert CATALOGUE.flatten(document) == dict(example.fields)
