"""The pure core: the same facts and rules give the same decision, byte for byte.

Live, shadow, rule tests, explain, backtest and replay all call `decide`; there is no second evaluator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.act import carry_out, question
from careengine.decide.arbitrate import arbitrate
from careengine.decide.guard import ask_guards
from careengine.decide.propose import propose
from careengine.decide.record import record
from careengine.model.decision import SHADOW
from careengine.model.policy import LIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guard, Guarded
    from careengine.decide.propose import Proposal
    from careengine.model.decision import Action, Decision, Withheld
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet


def decide(facts: Facts, policies: PolicySet, guards: Sequence[Guard] = ()) -> Decision:
    """Decide what care an event is due, and why. Never raises for what is in the facts or rules.

    Only what decides is done at once; the reasons are built when they are read, see `record`.
    """
    matches = policies.plan.match(facts)
    proposals, resting, faults = propose(matches.verdicts, facts)
    actions, outweighed = _weigh(proposals, facts)
    guarded = ask_guards(actions, facts, guards)
    guarded.actions += _ask_people(guarded, actions, facts, policies)
    return record(facts, policies, matches, guarded, [*resting, *outweighed], faults)


def _weigh(proposals: Sequence[Proposal], facts: Facts) -> tuple[list[Action], list[Withheld]]:
    """Live policies compete with live ones; shadow policies with each other, so that they show what they would do."""
    live, outweighed = arbitrate([p for p in proposals if p.policy.status == LIVE])
    shadow, outweighed_too = arbitrate([p for p in proposals if p.policy.status != LIVE])
    actions = [carry_out(facts, proposal, behind, proposal.status) for proposal, behind in live]
    actions += [carry_out(facts, proposal, behind, SHADOW) for proposal, behind in shadow]
    return actions, outweighed + outweighed_too


def _ask_people(guarded: Guarded, actions: Sequence[Action], facts: Facts, policies: PolicySet) -> list[Action]:
    """An offer that was withheld because a guard failed is a question to the policy's owner, not a silent no."""
    if not guarded.failed:
        return []
    kept = {action.id for action in guarded.actions}
    taken = {withheld.policy for withheld in guarded.withheld if withheld.by in guarded.failed}
    lost = [a for a in actions if a.id not in kept and a.type == "offer" and a.status != SHADOW]
    return [question(action, facts, policies) for action in lost if taken.intersection(action.policies)]
