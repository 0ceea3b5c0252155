"""A kept decision is made again from its snapshot; the first difference is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.backtest.replay import first_difference, replay
from careengine.decide import decide
from careengine.model.catalogue import Catalogue
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import entries_of
from careengine.model.interaction import Interaction
from careengine.policy.loader import build_set
from careengine.resources import schema

if TYPE_CHECKING:
    from careengine.model.policy import PolicySet

CATALOGUE = Catalogue.from_schema(schema("interaction"))
POLICY: dict[str, Any] = {
    "id": "say-sorry",
    "kind": "recovery",
    "title": "Say sorry when somebody is upset",
    "owner": "care",
    "status": "live",
    "rationale": "A word costs nothing.",
    "events": ["interaction.received"],
    "when": {"all": [{"field": "text", "contains": "sad"}, {"count": "interactions", "within": "7d", "at_least": 1}]},
    "steps": ["apologise"],
}
DOCUMENT = {
    "id": "e1",
    "source": "test",
    "type": "interaction.received",
    "occurred_at": "2026-03-02T09:30:00Z",
    "customer": {"id": "C-1"},
    "text": "I am sad",
}


@pytest.fixture
def policies() -> PolicySet:
    return build_set([POLICY], CATALOGUE)


@pytest.fixture
def kept(policies: PolicySet) -> tuple[dict[str, Any], dict[str, Any]]:
    """A decision and its snapshot, as the store gives them back: without the words that were written."""
    interaction = Interaction.read(DOCUMENT, CATALOGUE)
    history = EntryHistory(entries_of(interaction.fields, interaction.occurred_at))
    facts = Facts(fields=interaction.fields, as_of=interaction.occurred_at, history=history)
    decision = decide(facts, policies).to_json()
    assert decision["matched"]
    snapshot = facts.snapshot(frozenset({"text"}))
    assert "sad" not in orjson.dumps(snapshot["fields"]).decode()
    return orjson.loads(orjson.dumps(decision)), orjson.loads(orjson.dumps(snapshot))


def test_the_same_decision_comes_out(policies: PolicySet, kept: tuple[dict[str, Any], dict[str, Any]]) -> None:
    result = replay(*kept, policies, CATALOGUE)
    assert result.same
    assert (result.decision, result.difference) == (kept[0]["id"], "")


def test_other_facts_give_a_difference(policies: PolicySet, kept: tuple[dict[str, Any], dict[str, Any]]) -> None:
    decision, facts = kept
    facts["words"] = dict.fromkeys(facts["words"], False)
    result = replay(decision, facts, policies, CATALOGUE)
    assert not result.same
    assert result.difference.startswith("/matched/0: kept {")
    assert result.difference.endswith(", now nothing")


def test_other_rules_give_a_difference(kept: tuple[dict[str, Any], dict[str, Any]]) -> None:
    changed = build_set([POLICY | {"steps": ["apologise", "explain"]}], CATALOGUE)
    result = replay(*kept, changed, CATALOGUE)
    assert result.difference.startswith(f'/id: kept "{kept[0]["id"]}", now ')


def test_the_order_of_members_counts(policies: PolicySet, kept: tuple[dict[str, Any], dict[str, Any]]) -> None:
    decision, facts = kept
    turned = dict(reversed(decision.items()))
    assert replay(turned, facts, policies, CATALOGUE).difference == "/: the order of members"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_there_is_a_first_difference_exactly_when_values_differ(one: Any, other: Any) -> None:
    options = orjson.OPT_SORT_KEYS
    same = orjson.dumps(one, option=options) == orjson.dumps(other, option=options)
    assert bool(first_difference(one, other)) is not same


@pytest.mark.parametrize(
    ("kept_value", "made", "says"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1: kept 2, now 3"),
        ({"a": [1, 2]}, {"a": [1]}, "/a/1: kept 2, now nothing"),
        ({"a": 1}, {"a": 1, "b": None}, "/b: kept nothing, now null"),
        ([True], [1], "/0: kept true, now 1"),
        ("x", {}, '/: kept "x", now {}'),
    ],
)
def test_the_difference_names_the_place(kept_value: Any, made: Any, says: str) -> None:
    assert first_difference(kept_value, made) == says
