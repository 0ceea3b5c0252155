"""What the matched policies ask for, before they are weighed against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine.decide.due import due_wishes
from careengine.decide.due_contact import policy_gone
from careengine.decide.kinds import WISHES
from careengine.decide.kinds.protection import held_back, notices
from careengine.decide.kinds.restrictions import DUE_PROCESS, due_process, not_heard
from careengine.decide.proposal import Proposal
from careengine.decide.resting import acted_lately, lacks, waits
from careengine.decide.terms import timed
from careengine.model.decision import PROPOSE, Fault, Withheld
from careengine.model.policy import LIVE, PROTECTION, AmountBy, Recovery
from careengine.model.protection import Protection
from careengine.model.recognition import Recognition
from careengine.model.standard import Standard
from careengine.model.table import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet, Verdict

_NOTHING_LEFT = "its time has come, and what it asks for is no longer so: there is nothing left to do"


def propose(
    verdicts: Sequence[Verdict], facts: Facts, policies: PolicySet
) -> tuple[list[Proposal], list[Withheld], list[Fault]]:
    """The wishes of every matched policy; a policy that has acted lately is withheld, a failed one is a fault.

    Beside them stands what becomes of restrictions, whoever matched.
    """
    proposals: list[Proposal] = []
    withheld: list[Withheld] = []
    faults: list[Fault] = []
    for verdict in verdicts:
        policy = verdict.policy
        if verdict.fault:
            faults.append(Fault(source=policy.id, why=verdict.fault))
            proposals += _after_fault(policy)
        elif verdict.due:
            due = _placed(due_wishes(policy, facts), facts, policies)
            proposals += due
            withheld += [] if due else [Withheld(policy=policy.id, by=policy.id, why=_NOTHING_LEFT)]
        elif verdict.result:
            if why := acted_lately(policy, facts) or waits(policy, facts) or lacks(policy, facts):
                withheld.append(Withheld(policy=policy.id, by=policy.id, why=why))
                proposals += [
                    wish for wish in _wishes(policy, facts, policies) if wish.type == "support"
                ]  # that never rests
            else:
                proposals += _wishes(policy, facts, policies)
                withheld += _held_back(policy, facts)
    withheld += policy_gone(verdicts, facts)
    proposals += due_process(facts, policies)
    if why := not_heard(facts):
        withheld.append(Withheld(policy=DUE_PROCESS.id, by=DUE_PROCESS.id, why=why))
    return proposals, withheld, faults


def letters(policy: Policy, facts: Facts) -> Iterator[tuple[int, Proposal]]:
    """What a policy would have customers read, whether or not it matches: the wishes with letters, each by its row."""
    for one in members(policy):
        asked = _asked(one, facts)
        if isinstance(one.outcome, Protection):
            asked = notices(one, one.outcome, facts)  # a step waits for a person, and so does its notice
        yield from ((one.row, wish) for wish in asked if wish.letter is not None)


def _after_fault(policy: Policy) -> list[Proposal]:
    # Nobody is left unprotected because a rule broke, nor without what a table may owe them: a person looks instead.
    if policy.status != LIVE or (policy.kind != PROTECTION and not policy.row):
        return []
    what = "the conduct" if policy.kind == PROTECTION else "what is due"
    return [_review(policy, f"{policy.owner} looks at {what}, because the policy {policy.id} failed")]


def _review(policy: Policy, text: str) -> Proposal:
    return Proposal(policy=policy, type="review", status=PROPOSE, text=text, params={"to": policy.owner})


def _held_back(policy: Policy, facts: Facts) -> Sequence[Withheld]:
    """The restriction that due process keeps from being proposed."""
    protection = policy.outcome
    why = held_back(policy, protection, facts) if isinstance(protection, Protection) else ""
    return [Withheld(policy=policy.id, by=DUE_PROCESS.id, why=why)] if why else ()


def _wishes(policy: Policy, facts: Facts, policies: PolicySet) -> Sequence[Proposal]:
    """The policy's wishes in order; made once where they are the same for every event."""
    kept: Sequence[Proposal] | None = policy.memo.get(Proposal)
    if kept is not None:
        return kept
    made = _placed(_asked(policy, facts), facts, policies)
    depends = _depends_on_facts(policy) or any(wish.terms for wish in made)
    return made if depends else policy.memo.setdefault(Proposal, made)


def _placed(wishes: Iterator[Proposal], facts: Facts, policies: PolicySet) -> list[Proposal]:
    """Wishes in their order, with the instants at which something falls due."""
    return [timed(replace(wish, place=place), facts, policies) for place, wish in enumerate(wishes)]


def _depends_on_facts(policy: Policy) -> bool:
    outcome = policy.outcome
    if isinstance(outcome, Standard):
        return True  # the clock may run already
    if isinstance(outcome, Recovery):
        by_fact = outcome.offer is not None and isinstance(outcome.offer.amount, AmountBy)
        return by_fact or outcome.message is not None  # a message says until when
    if isinstance(outcome, Recognition):
        return True  # it names the employee
    # Support names the employee, and whether a restriction is asked for depends on the event.
    return isinstance(outcome, Protection) and bool(outcome.support or outcome.restrict or outcome.ladder)


def _asked(policy: Policy, facts: Facts) -> Iterator[Proposal]:
    asks = WISHES.get(type(policy.outcome))  # a table asks for nothing beside its rows
    return asks(policy, policy.outcome, facts) if asks else iter(())
