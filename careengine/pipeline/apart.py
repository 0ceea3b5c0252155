"""Who turned out to be two people: no restriction of the one rests on what the other did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from careengine.decide.kinds.ladder import still_reached
from careengine.decide.kinds.restrictions import DUE_PROCESS
from careengine.model.history import INCIDENTS
from careengine.model.person import UNMERGED
from careengine.model.policy import LIVE
from careengine.model.protection import Protection
from careengine.model.restrictions import APART, TIMER, Standing
from careengine.pipeline.ending import timer_of
from careengine.pipeline.identity import other_of
from careengine.pipeline.timing import set_timer
from careengine.store import events, history, identities, restrictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from careengine.pipeline.effects import Decided
    from careengine.store.restrictions import Restricted

_EVER = datetime.min.replace(tzinfo=UTC)


def rest_on_their_own(transaction: Connection, decided: Decided) -> None:
    """Take what the other did out of the counts; what is not reached without it is lifted, at once, in its own CRM."""
    told = decided.interaction
    if told.type != UNMERGED or told.customer is None:
        return
    for customer in (told.customer, other_of(told)):
        ids = identities.ids_of(transaction, decided.tenant, customer)
        theirs = set(_incidents(transaction, decided.tenant, ids))
        for one in _live(transaction, decided.tenant, ids):
            counted = tuple(each for each in one.standing.counted if each.incident in theirs)
            if counted != one.standing.counted:
                own = replace(one.standing, counted=counted)
                restrictions.change(transaction, decided.tenant, one, decided.now, standing=own)
                if not _is_reached(decided, own):
                    _lift(transaction, decided, one)


def _live(reader: Connection, tenant: str, ids: Sequence[str]) -> Iterator[Restricted]:
    found = [Standing.read(told) for each in ids for _, told in restrictions.standing_of(reader, tenant, each)]
    for name in [standing.id for standing in found if standing.is_live]:
        if one := restrictions.get(reader, tenant, name):
            yield one


def _incidents(reader: Connection, tenant: str, ids: Sequence[str]) -> Iterator[str]:
    for each in ids:
        yield from (entry.ref for entry in history.after(reader, tenant, each, INCIDENTS, _EVER))


def _is_reached(decided: Decided, own: Standing) -> bool:
    policy = decided.policies.get(own.policy)
    ladder = policy.outcome if policy and policy.status == LIVE else None
    left = still_reached(ladder, own, "") if isinstance(ladder, Protection) else None
    return bool(left and left.restrict and left.restrict.step == own.step)


def _lift(transaction: Connection, decided: Decided, one: Restricted) -> None:
    """By an event of ours: the CRM that has the restriction may not be the one that told who is who."""
    cause = {**events.document_of(transaction, decided.tenant, one.event), "source": one.document["source"]}
    name = one.standing.id
    about = {"kind": TIMER, "policy": DUE_PROCESS.id, "step": APART, "subject": name}
    at = decided.now
    set_timer(transaction, decided.tenant, timer_of(name, APART), at, event=one.event, cause=cause, about=about)
