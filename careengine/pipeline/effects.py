"""What a decision leaves behind beside its actions: reservations, tasks for people, clocks and timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.pipeline.apart import rest_on_their_own
from careengine.pipeline.asking import open_tasks
from careengine.pipeline.clocks import keep_clocks
from careengine.pipeline.contacts import set_contact_timers
from careengine.pipeline.due_process import keep_restrictions
from careengine.pipeline.given import keep_given
from careengine.pipeline.identity import keep_identity
from careengine.pipeline.incidents import keep_incidents
from careengine.pipeline.offers import keep_offers
from careengine.pipeline.ownership import keep_locks
from careengine.pipeline.promises import keep_promises
from careengine.pipeline.raising import raise_tasks
from careengine.pipeline.usage import keep_reservations, settle_offer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.history import Entry
    from careengine.model.interaction import Interaction
    from careengine.model.policy import PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that is being kept. `event` is the event's number in the store, `answer` the decision's JSON.

    `deliverable` names the types of actions that an adapter carries out, `past` is what the CRM remembers of a customer
    whom we meet for the first time. `incident_reviewer` is the role that judges reports of conduct of which no policy
    says who does.
    """

    tenant: str
    event: int
    interaction: Interaction
    facts: Facts
    policies: PolicySet
    decision: Decision
    answer: Mapping[str, Any]
    now: datetime
    deliverable: Collection[str] = ()
    past: Sequence[Entry] = ()
    incident_reviewer: str = "team-lead"


# What is kept of every decision, in this order, in the transaction of its event.
EFFECTS: Sequence[Callable[[Connection, Decided], None]] = (
    keep_reservations,
    settle_offer,
    keep_given,
    open_tasks,
    keep_incidents,
    raise_tasks,
    keep_offers,
    keep_promises,
    keep_restrictions,
    set_contact_timers,
    keep_identity,
    keep_locks,
    rest_on_their_own,
    keep_clocks,
)


def keep_effects(transaction: Connection, decided: Decided) -> None:
    """Keep all that a decision leaves behind."""
    for keep in EFFECTS:
        keep(transaction, decided)
