"""A recognition: the nomination of an employee whom a customer praised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.proposal import Proposal
from careengine.model.decision import PROPOSE
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.recognition import Recognition


def wishes(policy: Policy, recognition: Recognition, facts: Facts) -> Iterator[Proposal]:
    """The nomination, put to whoever confirms it; nothing where nobody is known to be praised (`resting.lacks`)."""
    employee, to = facts.fields.get("employee.id"), recognition.confirmed_by
    if not isinstance(employee, str):
        return
    within, what = recognition.decide_within, f"what the customer said in {facts.interaction}"
    yield Proposal(
        policy=policy,
        type="nominate",
        status=PROPOSE,
        text=f"{to} confirms with the quote that {employee} is praised by {what}",
        params={"to": to, "employee": employee, "within": say_duration(within) if within else None},
    )


def doings(_: Policy, recognition: Recognition, __: Catalogue) -> Iterator[str]:
    """What it does, in a sentence."""
    soon = f" within {say_duration(recognition.decide_within)}" if recognition.decide_within else ""
    often = f"at most {recognition.at_most} within {say_duration(recognition.within)} for each employee"
    yield (
        f"nominate the employee whom the customer praised in words; {recognition.confirmed_by} confirms it with the "
        f"quote{soon}, and never the employee; {often}"
    )
