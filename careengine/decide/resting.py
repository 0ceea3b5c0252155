"""Why a policy whose conditions are true asks for nothing now: it acted lately, waits or lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.logic import evaluate
from careengine.model.contact import Outreach
from careengine.model.history import DECISIONS, HistoryQuery
from careengine.model.recognition import Recognition
from careengine.model.resting import ActedAround
from careengine.model.value import say_duration, say_instant, shifted

if TYPE_CHECKING:
    from careengine.model.facts import Facts
    from careengine.model.policy import OncePer, Policy


def acted_lately(policy: Policy, facts: Facts) -> str:
    """Whether `once_per` holds it back, and why; empty when it does not."""
    once = policy.once_per
    if once is None:
        return ""
    same = None if once.same == "customer" else once.same
    query = HistoryQuery(function="count", kind=DECISIONS, policy=policy.id, same=same, within=once.within)
    if facts.history.ask(query, facts.fields, facts.as_of) or _acted_around(policy, once, facts):
        return f"it acted for the same {once.same} within {say_duration(once.within)}"
    return ""


def _acted_around(policy: Policy, once: OncePer, facts: Facts) -> bool:
    """Whether it did for another customer of the case, or later than an event that comes late."""
    of, customer = (facts.fields.get(path) for path in (f"{once.same}.id", "customer.id"))
    if not isinstance(of, str):
        return False
    asked = ActedAround(
        policy=policy.id,
        same=once.same,
        of=of,
        source=str(facts.fields.get("source", "")),
        customer=customer if isinstance(customer, str) else None,
        at=facts.as_of,
        within=once.within,
    )
    return facts.state.ask(asked) is True


def waits(policy: Policy, facts: Facts) -> str:
    """Until when it waits, told; empty when it does not."""
    if not isinstance(policy.outcome, Outreach) or policy.outcome.wait is None:
        return ""
    until = shifted(facts.as_of, policy.outcome.wait.length)
    return f"it waits until {say_instant(until)}, and is then asked again with the history of then"


def lacks(policy: Policy, facts: Facts) -> str:
    """What a nomination cannot do without, told; empty when it lacks nothing."""
    if not isinstance(policy.outcome, Recognition):
        return ""
    if not isinstance(facts.fields.get("employee.id"), str):
        return "nobody can be nominated: it is not known which employee was praised"
    quoted = evaluate(policy.outcome.quote, facts)
    return "" if quoted else "nobody is nominated without a quote, and the customer said nothing in words"
