"""The guard against loops: when events of our own, or of other machines, keep following each other, a person looks.

An event that we make carries how many of ours lie between it and what came in from outside (`cause.depth`). And where
machines act, it is counted how often rules acted on the case of late. Beyond either limit nothing more is done, so that
nothing more can follow, and the owner of the first policy is asked to look: once, and not again until somebody has
looked. Support for employees and what customers are owed are never held back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.decide.proposal import Proposal
from careengine.decide.restrain import is_owed_wish
from careengine.model.decision import PROPOSE, Withheld
from careengine.model.due_event import BY_CLOCK
from careengine.model.history import DECISIONS, HistoryQuery
from careengine.model.policy import LIVE, PROTECTION
from careengine.model.value import say_duration
from careengine.model.waiting import OpenReview

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
    kept = [wish for wish in proposals if _always(wish)]
    stopped = [wish for wish in proposals if not _always(wish)]
    why = (
        f"{deep} events of our own followed each other"
        if deep > DEEPEST
        else f"rules acted {often} times on this case within {say_duration(WINDOW)}"
    )
    asked = _asked_already(facts)
    told = f"{why}; somebody is asked to look already" if asked else why
    held = [Withheld(policy=one, by=GUARD, why=told) for one in dict.fromkeys(wish.policy.id for wish in stopped)]
    return [*kept, *([] if asked else _questions(stopped, why))], held


def _always(wish: Proposal) -> bool:
    return wish.policy.kind == PROTECTION or is_owed_wish(wish)


def _asked_already(facts: Facts) -> bool:
    customer, case = facts.fields.get("customer.id"), facts.fields.get("case.id")
    if not isinstance(customer, str) or not isinstance(case, str):
        return False
    source = str(facts.fields["source"])
    return facts.state.ask(OpenReview(by=GUARD, customer=customer, source=source, case=case)) is True


def by_machine(fields: Mapping[str, Any]) -> bool:
    """Whether an event is a time of ours that has come, or tells what a machine did. `fields` are the event's.

    What a person answered is an event of ours, too, and not by machine.
    """
    get = fields.get
    return str(get("id", "")).startswith(BY_CLOCK) or get("actor.type") in _MACHINES


def _depth(facts: Facts) -> int:
    depth = facts.fields.get("cause.depth")
    return depth if isinstance(depth, int) else 0


def _acted(facts: Facts) -> int:
    query = HistoryQuery(function="count", kind=DECISIONS, same="case", within=WINDOW)
    found = facts.history.ask(query, facts.fields, facts.as_of)
    return found if isinstance(found, int) else 0


def _questions(stopped: Sequence[Proposal], why: str) -> list[Proposal]:
    live = [wish for wish in stopped if wish.policy.status == LIVE]
    if not live:
        return []
    policy = live[0].policy
    text = f"{policy.owner} looks at this case: {why}, and so nothing more was done"
    params = {"to": policy.owner, "guard": GUARD}
    return [Proposal(policy=policy, type="review", status=PROPOSE, text=text, merge=GUARD, params=params)]
