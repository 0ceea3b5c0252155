"""Puts a decision together: what is known at once, and what is built when somebody reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import ref

from careengine.decide.act import decision_id, note
from careengine.decide.explain import because, near_misses, unknowns
from careengine.model.decision import Decision, Match
from careengine.model.policy import LIVE
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guarded
    from careengine.model.decision import Fault, NearMiss, Reason, Unknown, Withheld
    from careengine.model.facts import Facts
    from careengine.model.policy import Matches, Policy, PolicySet, Verdict

NEAR_MISSES = 5  # a decision names the nearest ones


def record(
    facts: Facts,
    policies: PolicySet,
    matches: Matches,
    guarded: Guarded,
    withheld: Sequence[Withheld],
    faults: Sequence[Fault],
) -> Decision:
    """The decision. Its reasons are asked of the facts when they are read, and so the facts know of it."""
    matched = tuple(
        Match.later(_Because(verdict.policy, facts), policy=verdict.policy.id, kind=verdict.policy.kind)
        for verdict in matches.verdicts
        if verdict.result
    )
    decision = Decision.later(
        _Rest(facts, policies.hash, matches),
        interaction=facts.interaction,
        ruleset=policies.hash,
        mode=LIVE,
        matched=matched,
        actions=(*guarded.actions, *note(facts, policies.hash, guarded.actions, matched)),
        withheld=(*withheld, *guarded.withheld),
        faults=(*faults, *guarded.faults),
    )
    facts.decisions.append(ref(decision))
    return decision


@dataclass(slots=True)
class _Because:
    """Makes the reasons of a match."""

    policy: Policy
    facts: Facts

    def because(self) -> tuple[Reason, ...]:
        return because(self.policy.when, self.facts)


@dataclass
class _Rest:
    """Makes the name of a decision, and what it tells of policies that did not match."""

    facts: Facts
    ruleset: str
    matches: Matches

    def id(self) -> str:
        return decision_id(self.facts, self.ruleset)

    def as_of(self) -> str:
        return say_instant(self.facts.as_of)

    def near_misses(self) -> tuple[NearMiss, ...]:
        return near_misses(self._others[1], self.facts)

    def unknown(self) -> tuple[Unknown, ...]:
        return unknowns(self._others[0], self.facts)

    @cached_property
    def _others(self) -> tuple[Sequence[Verdict], Sequence[Verdict]]:
        return self.matches.others(NEAR_MISSES)
