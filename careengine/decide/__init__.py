"""The pure core: the same facts and rules give the same decision, byte for byte.

Live, shadow, rule tests, explain, backtest and replay all call `decide`; there is no second evaluator.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.decide.arbitrate import arbitrate
from careengine.decide.english import say_note
from careengine.decide.explain import because, near_misses, unknowns
from careengine.decide.guard import ask_guards
from careengine.decide.propose import propose
from careengine.decide.table import others, settle
from careengine.model.decision import (
    EXECUTE,
    PROPOSE,
    SHADOW,
    Action,
    Decision,
    Fault,
    Match,
    Withheld,
)
from careengine.model.policy import LIVE
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guard, Guarded
    from careengine.decide.propose import Proposal
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet, Verdict

NEAR_MISSES = 5  # a decision names the nearest ones
_SHORT = 24  # hex digits of an id: 96 bits


def decide(facts: Facts, policies: PolicySet, guards: Sequence[Guard] = ()) -> Decision:
    """Decide what care an event is due, and why. Never raises for what is in the facts or rules."""
    found = settle(policies.plan.match(facts), facts)
    proposals, resting, faults = propose(found, facts)
    actions, outweighed = _weigh(proposals, facts)
    guarded = ask_guards(actions, facts, guards)
    guarded.actions += _ask_people(guarded, actions, facts, policies)
    return _record(facts, policies, found, guarded, [*resting, *outweighed], faults)


def _weigh(proposals: Sequence[Proposal], facts: Facts) -> tuple[list[Action], list[Withheld]]:
    """Live policies compete with live ones; shadow policies with each other, so that they show what they would do."""
    live, outweighed = arbitrate([p for p in proposals if p.policy.status == LIVE])
    shadow, outweighed_too = arbitrate([p for p in proposals if p.policy.status != LIVE])
    actions = [_action(facts, proposal, behind, proposal.status) for proposal, behind in live]
    actions += [_action(facts, proposal, behind, SHADOW) for proposal, behind in shadow]
    return actions, [*outweighed, *outweighed_too]


def _action(facts: Facts, proposal: Proposal, behind: tuple[str, ...], status: str) -> Action:
    why = "; ".join(dict.fromkeys([proposal.policy.title, *behind[1:]]))
    params = {**proposal.params, "text": proposal.text}
    return make_action(facts, proposal.type, status, params, behind, why, row=proposal.policy.row)


def make_action(
    facts: Facts, kind: str, status: str, params: dict[str, Any], policies: tuple[str, ...], why: str, row: int = 0
) -> Action:
    """An action with its idempotency key and its place in the CRM. `row` is the row of a table that asks for it."""
    named = (("case", facts.fields.get("case.id")), ("customer", facts.fields.get("customer.id")))
    about = {name: value for name, value in named if value and isinstance(value, str)}
    target = next((f"{name}:{value}" for name, value in about.items()), "")
    parts = (kind, status == SHADOW, params.get("to"), params.get("step"), *policies[:1], *([row] if row else ()))
    return Action(
        id=f"a_{_digest(facts, *parts)}",
        type=kind,
        status=status,
        target=target,
        params={**params, **about},
        policies=policies,
        because=why,
    )


def _digest(facts: Facts, *parts: object) -> str:
    named = (facts.fields.get("source"), facts.interaction, *parts)
    return hashlib.sha256("\x1f".join(str(part) for part in named).encode("utf-8", "replace")).hexdigest()[:_SHORT]


def _ask_people(guarded: Guarded, actions: Sequence[Action], facts: Facts, policies: PolicySet) -> list[Action]:
    """An offer that was withheld because a guard failed is a question to the policy's owner, not a silent no."""
    kept = {action.id for action in guarded.actions}
    taken = {withheld.policy for withheld in guarded.withheld if withheld.by in guarded.failed}
    lost = [a for a in actions if a.id not in kept and a.type == "offer" and a.status != SHADOW]
    return [_question(action, facts, policies) for action in lost if taken.intersection(action.policies)]


def _question(action: Action, facts: Facts, policies: PolicySet) -> Action:
    policy = policies.get(action.policies[0])
    owner = policy.owner if policy else ""
    text = f"{owner} looks at what was withheld because a guard failed: {action.params['text']}"
    return make_action(facts, "review", PROPOSE, {"to": owner, "text": text}, action.policies, "a guard failed")


def _record(
    facts: Facts,
    policies: PolicySet,
    found: Sequence[Verdict],
    guarded: Guarded,
    withheld: list[Withheld],
    faults: list[Fault],
) -> Decision:
    as_of = say_instant(facts.as_of)
    told = Decision(
        id=f"d_{_digest(facts, as_of, policies.hash)}",
        interaction=facts.interaction,
        as_of=as_of,
        ruleset=policies.hash,
        mode=LIVE,
        matched=tuple(_match(verdict, facts) for verdict in found if verdict.result),
        actions=tuple(guarded.actions),
    )
    unknown, near = others(policies.plan, facts, found, NEAR_MISSES)
    return replace(
        told,
        actions=(*told.actions, *_note(told, facts)),
        withheld=(*withheld, *guarded.withheld),
        near_misses=near_misses(near, facts),
        unknown=unknowns(unknown, facts),
        faults=(*faults, *guarded.faults),
    )


def _match(verdict: Verdict, facts: Facts) -> Match:
    policy = verdict.policy
    return Match(policy=policy.id, kind=policy.kind, because=because(policy.when, facts), row=policy.row or None)


def _note(decision: Decision, facts: Facts) -> list[Action]:
    """The one note that tells the case what was decided and why, when there is anything to tell."""
    told = [action for action in decision.actions if action.status != SHADOW]
    if not told:
        return []
    behind = tuple(dict.fromkeys(policy for action in told for policy in action.policies))
    text = say_note(decision.to_json())
    return [make_action(facts, "note", EXECUTE, {"text": text}, behind, "the decision, explained")]
