"""The guard against loops: when events of our own, or of other machines, keep following each other, a person looks.

An event that we make carries how many of ours lie between it and what came in from outside (`cause.depth`). And where
machines act, it is counted how often rules acted on the case of late. Beyond either limit nothing more is done, so that
nothing more can follow, and the owner of the first policy is asked to look: once, and not again while it goes on.
Support for employees is never held back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.decide.proposal import Proposal
from careengine.model.decision import PROPOSE, Withheld
from careengine.model.due_event import OURS
from careengine.model.history import DECISIONS, HistoryQuery
from careengine.model.policy import LIVE, PROTECTION
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.facts import Facts

DEEPEST = 32  # events of ours in a row
MOST, WINDOW = 60, timedelta(hours=1)  # policies that acted on one case
GUARD = "loop-guard"
_MACHINES = ("system", "bot")


def without_loops(proposals: list[Proposal], facts: Facts) -> tuple[list[Proposal], list[Withheld]]:
    """The wishes as they are; or, in a loop, the question to a person that stands in their place."""
    if not proposals or not by_machine(facts.fields):
        return proposals, []
    deep, often = _depth(facts), _acted(facts)
    if deep <= DEEPEST and often <= MOST:
        return proposals, []
    kept = [wish for wish in proposals if wish.policy.kind == PROTECTION]
    stopped = [wish for wish in proposals if wish.policy.kind != PROTECTION]
    why = (
        f"{deep} events of our own followed each other"
        if deep > DEEPEST
        else f"rules acted {often} times on this case within {say_duration(WINDOW)}"
    )
    held = [Withheld(policy=one, by=GUARD, why=why) for one in dict.fromkeys(wish.policy.id for wish in stopped)]
    return [*kept, *_questions(stopped, why, told_before=often > MOST + 1)], held


def by_machine(fields: Mapping[str, Any]) -> bool:
    """Whether an event is our own, or tells what a machine did. `fields` are the event's, by their paths."""
    get = fields.get
    return str(get("id", "")).startswith(OURS) or get("actor.type") in _MACHINES


def _depth(facts: Facts) -> int:
    depth = facts.fields.get("cause.depth")
    return depth if isinstance(depth, int) else 0


def _acted(facts: Facts) -> int:
    query = HistoryQuery(function="count", kind=DECISIONS, same="case", within=WINDOW)
    found = facts.history.ask(query, facts.fields, facts.as_of)
    return found if isinstance(found, int) else 0


def _questions(stopped: Sequence[Proposal], why: str, *, told_before: bool) -> list[Proposal]:
    live = [wish for wish in stopped if wish.policy.status == LIVE]
    if not live or told_before:
        return []
    policy = live[0].policy
    text = f"{policy.owner} looks at this case: {why}, and so nothing more was done"
    params = {"to": policy.owner}
    return [Proposal(policy=policy, type="review", status=PROPOSE, text=text, merge=GUARD, params=params)]
