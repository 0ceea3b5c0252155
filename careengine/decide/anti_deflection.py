"""Keeps a human within reach: where nothing in a decision brings one in and a customer must reach one, it is added.

Every other guardrail only takes away. This one adds, because every path reaches a human.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.decide.contact_cap import acting_at
from careengine.decide.doing import say_contact, say_escalation
from careengine.decide.english import say_condition
from careengine.decide.logic import evaluate
from careengine.decide.proposal import Proposal
from careengine.decide.terms import due_at
from careengine.model.anti_deflection import ON_THE_WAY
from careengine.model.condition import AnyOf
from careengine.model.contact import CALL_BACK, CARE, Contact
from careengine.model.decision import EXECUTE
from careengine.model.policy import LIVE, Escalation
from careengine.model.value import say_duration, say_instant

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from careengine.decide.restrain import Held
    from careengine.model.anti_deflection import AntiDeflection
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet

_HUMANS = ("escalate", "assign")
_NOT_OF_THE_CUSTOMER = ("agent", "system")


def keep_human_within_reach(policy: Policy, held: Held) -> None:
    """Add the human, unless one is brought in or nothing says that there must be one."""
    asked: AntiDeflection = policy.outcome  # type: ignore[assignment]  # the reader of this kind made it
    if not is_on_the_way(held.facts) or evaluate(asked.condition, held.facts) is not True:
        return
    if any(wish.policy.status == LIVE and brings_a_human(wish, asked.bots) for wish, _ in held.standing):
        return
    why = f"nobody was brought in, and {_why(asked, held.facts)}"
    held.add(_human(policy, asked, held.facts, held.policies), why)


def is_on_the_way(facts: Facts) -> bool:
    """Whether the event is a customer's contact, or a bot's answer to one."""
    outbound = facts.fields.get("direction") == "outbound" and facts.event != "bot.turn"
    return facts.event in ON_THE_WAY and not outbound and facts.fields.get("actor.type") not in _NOT_OF_THE_CUSTOMER


def brings_a_human(wish: Proposal, bots: Collection[str]) -> bool:
    """Whether a customer reaches a human by it: by what waits for somebody's yes, or goes to a bot, nobody does."""
    if wish.status != EXECUTE or wish.params.get("to") in bots:
        return False
    return wish.type in _HUMANS or (wish.type == "contact" and wish.params["how"] == CALL_BACK)


def _why(asked: AntiDeflection, facts: Facts) -> str:
    items = asked.condition.items if isinstance(asked.condition, AnyOf) else (asked.condition,)
    return " and ".join(say_condition(item) for item in items if evaluate(item, facts))


def _human(policy: Policy, asked: AntiDeflection, facts: Facts, policies: PolicySet) -> Proposal:
    """The hand-over; outside the hours of whoever takes over, their call back."""
    at = acting_at(facts)
    if asked.calendar and asked.call_back_within and not _open(at, asked.calendar, policies):
        return _call_back(policy, asked, due_at(at, asked.call_back_within, asked.calendar, policies), facts)
    escalation = Escalation(to=asked.to, level=1, hand_over="warm")
    params = {"to": asked.to, "level": 1, "priority": None, "respond_within": None, "next_update": None}
    return _wish(policy, "escalate", say_escalation(escalation), {**params, "hand_over": "warm"}, facts)


def _open(at: datetime, calendar: str, policies: PolicySet) -> bool:
    hours = policies.calendars.get(calendar)
    return hours is None or next(iter(hours.spans(at)), (None,))[0] == at


def _call_back(policy: Policy, asked: AntiDeflection, due: datetime | None, facts: Facts) -> Proposal:
    contact = Contact(purpose=CARE, how=CALL_BACK, by=asked.to, within=asked.call_back_within, calendar=asked.calendar)
    within = say_duration(asked.call_back_within) if asked.call_back_within else None
    params: dict[str, Any] = {"purpose": CARE, "how": CALL_BACK, "channels": [], "apologise": False, "message": None}
    params |= {"to": asked.to, "within": within, "calendar": asked.calendar}
    params |= {"due": say_instant(due)} if due else {}
    return _wish(policy, "contact", say_contact(contact), params, facts)


def _wish(policy: Policy, kind: str, text: str, params: dict[str, Any], facts: Facts) -> Proposal:
    """With what was said so far, so that nobody has to say it again."""
    fields = facts.fields
    case = fields.get("case.url") or (f"case:{fields['case.id']}" if fields.get("case.id") else None)
    transcript = case or f"event:{facts.interaction}"
    told = f"{text}; with what was said so far ({transcript})"
    wish = Proposal(policy=policy, type=kind, status=EXECUTE, text=told, params=params)
    return replace(wish, params={**params, "transcript": transcript})
