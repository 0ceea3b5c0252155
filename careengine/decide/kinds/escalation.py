"""An escalation: who takes over, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.doing import say_escalation
from careengine.decide.proposal import Proposal
from careengine.decide.terms import terms_of
from careengine.model.decision import EXECUTE
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Escalation, Policy


def wishes(policy: Policy, escalation: Escalation, _: Facts) -> Iterator[Proposal]:
    """What it asks for."""
    yield Proposal(
        policy=policy,
        type="escalate",
        status=EXECUTE,
        text=say_escalation(escalation),
        params={
            "to": escalation.to,
            "level": escalation.level,
            "priority": escalation.priority,
            "respond_within": say_duration(escalation.respond_within) if escalation.respond_within else None,
            "next_update": say_duration(escalation.next_update) if escalation.next_update else None,
            "hand_over": escalation.hand_over,
            **({"lock_owner": escalation.lock_owner} if escalation.lock_owner else {}),
        },
        terms=terms_of(
            escalation.calendar,
            respond_due_at=escalation.respond_within,
            next_update_due_at=escalation.next_update,
        ),
    )


def doings(_: Policy, escalation: Escalation, __: Catalogue) -> Iterator[str]:
    """What it does, in a sentence."""
    yield say_escalation(escalation)
