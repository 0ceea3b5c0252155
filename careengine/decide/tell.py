"""What a decision tells, from what it was made of; each part is built when somebody reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import ref

from careengine.decide.act import act, decision_id, note, unwritten
from careengine.decide.explain import because, because_due, near_misses, unknowns
from careengine.decide.kinds.ladder import reached
from careengine.decide.kinds.restrictions import in_force
from careengine.decide.table import others
from careengine.model.decision import Decision, Match, Withheld
from careengine.model.policy import LIVE
from careengine.model.protection import Protection
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guarded
    from careengine.decide.proposal import Proposal
    from careengine.decide.restrain import Held
    from careengine.model.decision import Action, Fault, NearMiss, Reason, Unknown
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet, Verdict
    from careengine.model.restraint import Reservation
    from careengine.model.restrictions import Standing

NEAR_MISSES = 5  # a decision names the nearest ones


@dataclass
class Telling:
    """Makes the parts of one decision: every public method but `decision` makes the part of its name.

    It has what was found and what the matched policies ask for: what of it stands after guardrails had their say,
    what gave way to what, what rests because it acted lately, what failed.
    `guarded` is what the guards left, None when there was none to ask.
    """

    _facts: Facts
    _policies: PolicySet
    _found: Sequence[Verdict]
    _held: Held
    _outweighed: Sequence[tuple[Proposal, Proposal]]
    _resting: Sequence[Withheld]
    _failed: Sequence[Fault]
    _guarded: Guarded | None

    def decision(self) -> Decision:
        """The decision. Its reasons are asked of the facts when they are read, and so the facts know of it."""
        made = Decision.later(
            self,
            interaction=self._facts.interaction,
            ruleset=self._policies.hash,
            mode=LIVE,
            restraints=tuple(self._held.restraints),
            authority=tuple(self._held.authority),
        )
        self._facts.decisions.append(ref(made))
        return made

    def id(self) -> str:
        """The same facts and rules give the same id."""
        return self._id

    def as_of(self) -> str:
        """The instant of the decision, RFC 3339 in UTC."""
        return self._as_of

    def matched(self) -> tuple[Match, ...]:
        """Whose conditions are all true, by policy id."""
        return self._matched

    def actions(self) -> tuple[Action, ...]:
        """What is to be done, the note last."""
        done = self._guarded.actions if self._guarded else act(self._held.standing, self._facts)
        done = [*done, *unwritten(done, self._facts, self._policies)]
        return (*done, *note(done, self._facts, self.id, self._matched))

    def withheld(self) -> tuple[Withheld, ...]:
        """What was asked for and is not given: it acted lately, it gave way, a guardrail or a guard took it."""
        gave_way = (_gave_way(loser, winner) for loser, winner in self._outweighed)
        taken = self._guarded.withheld if self._guarded else ()
        return (*self._resting, *gave_way, *self._held.withheld, *taken)

    def near_misses(self) -> tuple[NearMiss, ...]:
        """The nearest of what did not match."""
        return near_misses(self._others[1], self._facts)

    def unknown(self) -> tuple[Unknown, ...]:
        """What could not be judged, by policy id."""
        return unknowns(self._others[0], self._facts)

    def faults(self) -> tuple[Fault, ...]:
        """The policies and guards that failed."""
        return (*self._failed, *self._held.faults, *(self._guarded.faults if self._guarded else ()))

    def restrictions(self) -> tuple[Standing, ...]:
        """What is in force against the customer, as whoever serves them has to know."""
        return in_force(self._facts, self._policies)

    def reserved(self) -> tuple[Reservation, ...]:
        """What the actions that are left take up of limits, budgets and authority."""
        left = {action.id for action in self._guarded.actions} if self._guarded else None
        return tuple(one for one in self._held.reserved if left is None or one.action in left)

    @cached_property
    def _id(self) -> str:
        return decision_id(self._facts, self._as_of, self._policies.hash)

    @cached_property
    def _as_of(self) -> str:
        return say_instant(self._facts.as_of)

    @cached_property
    def _matched(self) -> tuple[Match, ...]:
        return tuple(
            Match.later(
                _Why(verdict, self._facts),
                policy=verdict.policy.id,
                kind=verdict.policy.kind,
                row=verdict.policy.row or None,
            )
            for verdict in self._found
            if verdict.result
        )

    @cached_property
    def _others(self) -> tuple[Sequence[Verdict], Sequence[Verdict]]:
        return others(self._policies.plan, self._facts, self._found, NEAR_MISSES)


@dataclass(slots=True)
class _Why:
    """Makes the reasons of a match."""

    verdict: Verdict
    facts: Facts

    def because(self) -> tuple[Reason, ...]:
        if self.verdict.due:
            return (because_due(self.verdict.due, self.facts),)
        policy = self.verdict.policy
        rung = reached(policy.outcome, self.facts) if isinstance(policy.outcome, Protection) else None
        return (*because(policy.when, self.facts), *(because(rung.when, self.facts) if rung else ()))


def _gave_way(loser: Proposal, winner: Proposal) -> Withheld:
    why = f"{loser.text}: {winner.policy.name} goes first ({winner.text})"
    return Withheld(policy=loser.policy.id, by=winner.policy.id, why=why)
