"""The pure core: the same facts and rules give the same decision, byte for byte.

Live, shadow, rule tests, explain, backtest and replay all call `decide`; there is no second evaluator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.arbiter import choose
from careengine.decide.arbitrate import weigh
from careengine.decide.due import with_due
from careengine.decide.guard import ask_guards
from careengine.decide.loop import without_loops
from careengine.decide.propose import propose
from careengine.decide.restrain import restrain
from careengine.decide.table import settle
from careengine.decide.tell import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guard
    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet


def decide(facts: Facts, policies: PolicySet, guards: Sequence[Guard] = ()) -> Decision:
    """Decide what care an event is due, and why. Never raises for what is in the facts or rules.

    At once it finds who matched, what they ask for, what of it stands, and what guardrails and guards say to
    that. All that is told of it (`Telling`) is built when it is read.
    """
    found = with_due(settle(policies.plan.match(facts), facts), facts, policies)
    proposals, resting, faults = propose(found, facts, policies)
    proposals, looping = without_loops(proposals, facts)
    arbitrated = choose(proposals, facts, policies)
    standing, outweighed = weigh(arbitrated.proposals)
    held, outweighed = restrain(standing, outweighed, facts, policies, arbitrated)
    guarded = ask_guards(held, guards) if guards else None
    return Telling(facts, policies, found, held, outweighed, [*resting, *looping], faults, guarded).decision()
