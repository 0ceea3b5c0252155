"""However a decision is read, it says the same: in any order, in part, by two at once, before or after it is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.errors import PayloadError
from careengine.model.facts import EntryHistory, Facts
from careengine.model.policy import Escalation
from careengine.policy.compile import CompiledPlan
from tests.decide.worlds import (
    CATALOGUE,
    ENTRIES,
    FIELDS,
    HOSTILE_FIELDS,
    NOW,
    facts,
    field_test,
    policies,
    policy,
    policy_set,
    readable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.decision import Decision
    from careengine.model.history import Entry
    from careengine.model.policy import Policy
    from careengine.model.value import Value

PARTS = ("id", "as_of", "matched", "actions", "withheld", "near_misses", "unknown", "faults")
READS = st.lists(st.sampled_from([*PARTS, "because", "params"]), max_size=12)


def _read(decision: Decision, part: str) -> None:
    if part == "because":
        assert all(match.because is match.because for match in decision.matched)
    elif part == "params":
        assert all(action.params["text"] for action in decision.actions)
    else:
        assert getattr(decision, part) is getattr(decision, part)


def _text(decision: Decision) -> str:
    return json.dumps(decision.to_json())


@given(policies(), HOSTILE_FIELDS, ENTRIES, READS)
def test_any_order_of_reading_gives_the_same(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry], reads: list[str]
) -> None:
    rules = policy_set(members)
    whole, partly = decide(facts(fields, entries), rules), decide(facts(fields, entries), rules)
    expected = _text(whole)
    for part in reads:
        _read(partly, part)
    assert _text(partly) == expected
    assert partly == whole
    assert replace(decide(facts(fields, entries), rules), mode="live") == whole


@given(policies(), FIELDS.filter(readable), ENTRIES, READS)
def test_a_snapshot_has_every_answer_whenever_it_is_taken(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry], reads: list[str]
) -> None:
    """What is read only after the snapshot must be in it too, or replay would not come out the same."""
    seen, rules = facts(fields, entries), policy_set(members)
    decision = decide(seen, rules)
    for part in reads:
        _read(decision, part)
    before = seen.snapshot()
    whole = decision.to_json()
    after = seen.snapshot()
    assert after == before
    again = Facts.from_snapshot(before, CATALOGUE)
    assert json.dumps(decide(again, rules).to_json()) == json.dumps(whole)


def test_what_did_not_match_is_looked_for_once_and_only_when_read(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    others = CompiledPlan.others

    def counted(self: CompiledPlan, *args: Any) -> Any:
        looked.append(args)
        return others(self, *args)

    monkeypatch.setattr(CompiledPlan, "others", counted)
    rule = policy("p", "escalation", field_test("failure.severity", "at_least", 3), Escalation(to="tier-2", level=1))
    decision = decide(facts({"failure.severity": 4}), policy_set([rule]))
    assert [action.type for action in decision.actions] == ["escalate", "note"]
    assert decision.matched[0].because
    assert not looked
    assert not decision.near_misses
    assert not decision.unknown
    assert len(looked) == 1


def test_facts_do_not_keep_a_decision_that_nobody_holds() -> None:
    seen = Facts(fields={"type": "interaction.received", "id": "e", "source": "s"}, as_of=NOW, history=EntryHistory())
    decision = decide(seen, policy_set([]))
    assert [reference() for reference in seen.decisions] == [decision]
    del decision
    assert [reference() for reference in seen.decisions] == [None]
    assert seen.snapshot()["history"] == {}


@given(policies(), FIELDS, ENTRIES)
def test_two_readers_at_once_get_the_same(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    rules = policy_set(members)
    decision, together = decide(facts(fields, entries), rules), Barrier(2)

    def read(_: int) -> tuple[str, Any]:
        together.wait()
        return _text(decision), decision.near_misses

    with ThreadPoolExecutor(2) as pool:
        (one, near), (other, near_too) = pool.map(read, range(2))
    assert one == other == _text(decide(facts(fields, entries), rules))
    assert near is near_too


@pytest.mark.parametrize("odd", [["gold"], {"a": 1}, object(), NOW.replace(tzinfo=None)])
def test_what_no_field_can_be_is_unknown_and_refused_by_a_snapshot(odd: Any) -> None:
    seen = facts({"customer.tier": odd})
    rule = policy("p", "escalation", field_test("customer.tier", "is", "gold"), Escalation(to="tier-2", level=1))
    assert not decide(seen, policy_set([rule])).matched
    with pytest.raises(PayloadError, match=r"the value of `customer\.tier` is none that a field can have"):
        seen.snapshot()
    assert seen.snapshot(drop=frozenset({"customer.tier"}))
