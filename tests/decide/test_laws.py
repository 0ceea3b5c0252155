"""The laws of a decision, as properties over generated worlds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.decide.english import say_condition, say_decision
from careengine.decide.explain import explain
from careengine.decide.logic import evaluate
from careengine.model.decision import Veto
from careengine.model.facts import Facts
from careengine.model.history import Entry
from careengine.model.policy import Recovery
from careengine.model.protection import Protection
from tests.decide.worlds import (
    CATALOGUE,
    ENTRIES,
    FIELDS,
    HOSTILE_FIELDS,
    NOW,
    OFFERS,
    facts,
    field_test,
    field_tests,
    policies,
    policy,
    policy_set,
    pounds,
    readable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.decision import Action, Decision
    from careengine.model.policy import Policy
    from careengine.model.value import Value

ALWAYS = field_test("id", "present", operand=True)


def _bytes(decision: Decision) -> bytes:
    return json.dumps(decision.to_json(), sort_keys=True, ensure_ascii=True).encode()


def _of(decision: Decision, kind: str) -> list[Action]:
    return [action for action in decision.actions if action.type == kind]


@given(policies(), HOSTILE_FIELDS, ENTRIES)
def test_the_plan_judges_as_the_plain_meaning_does(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    decision = decide(facts(fields, entries), policy_set(members))
    matched, unknown = {m.policy for m in decision.matched}, {u.policy for u in decision.unknown}
    near = {n.policy for n in decision.near_misses}
    assert decision.faults == ()
    for member in members:
        runs = member.status != "draft"
        answer = evaluate(member.when, facts(fields, entries))
        spared = evaluate(member.unless, facts(fields, entries)) if member.unless else False
        fires = runs and answer is True and spared is False
        assert (member.id in matched) is fires
        surely_not = answer is False or spared is True
        assert (member.id in unknown) is (runs and not fires and not surely_not)
        assert not (member.id in near and not surely_not)


@given(policies(), HOSTILE_FIELDS, ENTRIES)
def test_explanations_say_what_the_decision_did(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    decision = decide(facts(fields, entries), policy_set(members))
    for member in members:
        explained = explain(facts(fields, entries), member)
        assert (explained.result == "true") is (member.id in {m.policy for m in decision.matched})
        assert explained.why
        assert say_condition(member.when)
    assert say_decision(decision.to_json()).endswith(f"as of {decision.as_of}.")


@given(policies(), HOSTILE_FIELDS, ENTRIES, st.randoms())
def test_the_same_facts_and_rules_give_the_same_bytes(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry], random: Any
) -> None:
    first = decide(facts(fields, entries), policy_set(members))
    shuffled = random.sample(members, len(members))
    again = decide(facts(dict(reversed(list(fields.items()))), entries), policy_set(shuffled))
    assert _bytes(first) == _bytes(again)


@given(policies(), FIELDS.filter(readable), ENTRIES, st.sampled_from(["", "acme"]))
def test_a_snapshot_without_words_gives_the_same_decision(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry], tenant: str
) -> None:
    seen = replace(facts(fields, entries), tenant=tenant)
    first = decide(seen, policy_set(members))
    kept = json.loads(json.dumps(seen.snapshot(drop=frozenset({"text"}))))
    assert "text" not in kept["fields"]
    assert _bytes(first) == _bytes(decide(Facts.from_snapshot(kept, CATALOGUE), policy_set(members)))


@given(policies(field_tests().filter(lambda test: test.operator != "present")), FIELDS, st.data())
def test_a_missing_fact_makes_unknown_and_never_fires(
    members: list[Policy], fields: Mapping[str, Value], data: st.DataObject
) -> None:
    """Taking facts away may turn an answer into unknown, never into the other answer."""
    missing = data.draw(st.sets(st.sampled_from(sorted(fields))) if fields else st.just(set()))
    fewer = {path: value for path, value in fields.items() if path not in missing}
    for member in members:
        assert evaluate(member.when, facts(fewer)) in (evaluate(member.when, facts(fields)), None)
    before = {m.policy for m in decide(facts(fields), policy_set(members)).matched}
    assert {m.policy for m in decide(facts(fewer), policy_set(members)).matched} <= before
    assert decide(facts({}), policy_set(members)).matched == ()


_REMEDY = ("apologise", "fix", "offer", "assign")


@given(policies(field_tests()), FIELDS, st.integers(0, 5), st.sampled_from(["insult", "threat"]))
def test_conduct_never_changes_what_a_customer_is_given(
    members: list[Policy], fields: Mapping[str, Value], incidents: int, category: str
) -> None:
    abuse = [
        Entry(at=NOW - timedelta(days=n), kind="incidents", ref=f"i-{n}", status="confirmed", category=category)
        for n in range(incidents)
    ]
    conduct: dict[str, Value] = {"incident.category": category, "incident.severity": 4, "incident.target": "E-1"}
    angel = decide(facts(fields), policy_set(members))
    abuser = decide(facts(dict(fields) | conduct, abuse), policy_set(members))
    for kind in _REMEDY:
        assert _of(angel, kind) == _of(abuser, kind)


@given(st.lists(OFFERS, min_size=1, max_size=6))
def test_entitlements_add_up_and_of_each_other_family_the_best_is_given(offers: list[Any]) -> None:
    members = [
        policy(f"p-{n}", "recovery", ALWAYS, Recovery(steps=("offer",), offer=offer)) for n, offer in enumerate(offers)
    ]
    decision = decide(facts({}), policy_set(members))
    given_now = _of(decision, "offer")
    owed = [offer for offer in offers if offer.family == "entitlement"]
    assert sorted(str(o.amount) for o in owed) == sorted(
        a.params["amount"] for a in given_now if a.params["family"] == "entitlement"
    )
    for family in ("goodwill", "gesture"):
        rivals = [offer.amount.amount for offer in offers if offer.family == family]
        chosen = [a.params["amount"] for a in given_now if a.params["family"] == family]
        assert chosen == ([f"{max(rivals)} GBP"] if rivals else [])
    losers = len(offers) - len(given_now)
    assert len(decision.withheld) == losers
    assert all(w.by and w.why for w in decision.withheld)


@given(policies(), FIELDS, ENTRIES, st.booleans())
def test_every_action_has_a_key_of_its_own(
    members: list[Policy],
    fields: Mapping[str, Value],
    entries: Sequence[Entry],
    guard_fails: bool,  # noqa: FBT001
) -> None:
    """Two actions with one key would be one action to the outbox and the CRM."""

    def guard(_: Sequence[Action], __: Facts) -> list[Veto]:
        raise RuntimeError("out of order")

    guards = [("site", guard)] if guard_fails else []
    keys = [action.id for action in decide(facts(fields, entries), policy_set(members), guards).actions]
    assert len(keys) == len(set(keys))


_NAMES = st.text(st.sampled_from('ab\x1f[,"=\\'), max_size=4)


@given(st.lists(st.tuples(_NAMES, _NAMES, st.sampled_from(["", "a", "b"])), min_size=2, max_size=2, unique=True))
def test_no_two_events_share_a_key(named: list[tuple[str, str, str]]) -> None:
    """Whatever stands in their names, of whichever tenant they are."""
    rules = policy_set([policy("p", "recovery", ALWAYS, Recovery(steps=("fix",)))])
    made = [
        decide(replace(facts({"source": source, "id": name}), tenant=tenant), rules) for source, name, tenant in named
    ]
    assert not {action.id for action in made[0].actions} & {action.id for action in made[1].actions}
    assert made[0].id != made[1].id


@given(policies(), FIELDS, ENTRIES)
def test_the_machine_imposes_no_restriction(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    for action in decide(facts(fields, entries), policy_set(members)).actions:
        if action.type in ("restrict", "flag"):
            assert action.status in ("propose", "shadow")
        if action.type == "support":
            assert action.status in ("execute", "shadow")


@given(policies(), FIELDS, ENTRIES)
def test_protection_is_a_union_and_escalation_takes_the_highest(
    members: list[Policy], fields: Mapping[str, Value], entries: Sequence[Entry]
) -> None:
    decision = decide(facts(fields, entries), policy_set(members))
    resting = {w.policy for w in decision.withheld if w.by == w.policy}
    acting = [
        m
        for m in members
        if m.status == "live" and m.id in {x.policy for x in decision.matched} and m.id not in resting
    ]
    protecting = [m for m in members if m.status == "live" and m.id in {x.policy for x in decision.matched}]
    asked = {measure for m in protecting if m.kind == "protection" for measure in m.outcome.support}  # type: ignore[union-attr]
    supported = [a for a in _of(decision, "support") if a.status == "execute"]
    assert {measure for action in supported for measure in action.params["measures"]} == asked
    assert len(supported) <= 1
    levels = [m.outcome.level for m in acting if m.kind == "escalation"]  # type: ignore[union-attr]
    assert [a.params["level"] for a in _of(decision, "escalate") if a.status == "execute"] == (
        [max(levels)] if levels else []
    )


@given(policies(), FIELDS, st.data())
def test_guards_only_take_away_and_never_what_is_owed(
    members: list[Policy], fields: Mapping[str, Value], data: st.DataObject
) -> None:
    free = decide(facts(fields), policy_set(members))
    names = [action.id for action in free.actions]
    vetoed = data.draw(st.sets(st.sampled_from([*names, "a_nothing"])))

    def guard(_: Sequence[Action], __: Facts) -> list[Veto]:
        return [Veto(action=one, why="not today") for one in sorted(vetoed)]

    guarded = decide(facts(fields), policy_set(members), [("site", guard)])
    owed = {a.id for a in _of(free, "offer") if a.params["family"] == "entitlement"}
    plain = {a.id for a in guarded.actions if a.type != "note"}
    assert plain == {a.id for a in free.actions if a.type != "note"} - (vetoed - owed)
    taken = {policy for a in free.actions if a.id in vetoed - owed and a.type != "note" for policy in a.policies}
    assert taken <= {w.policy for w in guarded.withheld}


@given(policies(), FIELDS)
def test_a_failing_guard_withholds_offers_and_asks_a_person(members: list[Policy], fields: Mapping[str, Value]) -> None:
    def guard(_: Sequence[Action], __: Facts) -> list[Veto]:
        raise RuntimeError("out of order")

    free = decide(facts(fields), policy_set(members))
    guarded = decide(facts(fields), policy_set(members), [("site", guard)])
    live = [a for a in _of(free, "offer") if a.status != "shadow" and a.params["family"] != "entitlement"]
    assert all(a.params["family"] == "entitlement" for a in _of(guarded, "offer"))
    assert len(_of(guarded, "review")) == len(live)
    assert [fault.source for fault in guarded.faults if "entitlement" not in fault.why] == ["site"]


@given(policies(), HOSTILE_FIELDS)
def test_one_failing_policy_disturbs_no_other(members: list[Policy], fields: Mapping[str, Value]) -> None:
    broken = field_test("order.total", "at_least", "no money: an operand that fails when it is compared")
    bad = policy("a-broken", "protection", broken, Protection(support=("may_end_contact",)))
    world = dict(fields) | {"order.total": pounds("1.00")}
    alone, beside = decide(facts(world), policy_set(members)), decide(facts(world), policy_set([bad, *members]))
    assert beside.matched == alone.matched
    assert beside.unknown == alone.unknown
    assert [fault.source for fault in beside.faults] == ["a-broken"]
    assert [a.params["to"] for a in _of(beside, "review")] == ["care-operations"]
