"""An authority, said in English: what a role may give without asking, and who is asked above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.doing import say_alert
from careengine.decide.proposal import Proposal
from careengine.decide.terms import say_within
from careengine.model.authority import PERIODS
from careengine.model.decision import EXECUTE
from careengine.model.protection import Alert
from careengine.model.waiting import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.authority import Authority, Room
    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy


def doings(_: Policy, authority: Authority, __: Catalogue) -> Iterator[str]:
    """What it says, a sentence each."""
    for room in authority.may:
        yield f"whoever is {authority.role} may give {say_room(room)} without asking"
    for number, step in enumerate(authority.above):
        within = say_within(step.within, step.calendar)
        when = "above that" if not number else "when nobody answered in time"
        yield f"{when}, {step.ask} decides{within}"
    yield "nobody decides on what they asked for themselves"


def say_room(room: Room) -> str:
    """`50.00 GBP for each case`, `300.00 GBP a day (Europe/London)`."""
    return f"{room.amount} {say_per(room)}"


def say_per(room: Room) -> str:
    """`for each case`, or `a day (Europe/London)`."""
    return f"a {room.per} ({room.zone})" if room.per in PERIODS else f"for each {room.per}"


def authority_due(policy: Policy, authority: Authority, facts: Facts) -> Iterator[Proposal]:
    """When nobody answered in time: the next role is told, unless somebody answered after all."""
    task, number = facts.fields.get("clock.subject"), str(facts.fields.get("clock.step"))
    step = authority.above[int(number)] if number.isdecimal() and int(number) < len(authority.above) else None
    if step is None or not isinstance(task, str):
        return
    waits = facts.state.ask(Asked(task=task))
    if waits is not None and waits["state"] != "open":
        return
    text = f"{say_alert(Alert(to=step.ask, within=step.within, calendar=step.calendar))}: nobody answered in time"
    params = {"to": step.ask, "within": None, "task": task}
    yield Proposal(policy=policy, type="alert", status=EXECUTE, text=text, merge=f"alert {task}", params=params)
