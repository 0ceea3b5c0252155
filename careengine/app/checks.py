"""Looks at the running application: what is well, what is not, and whether interactions can be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from careengine.app.rules import counts
from careengine.errors import StoreError
from careengine.host import QUARANTINED
from careengine.model.value import say_duration
from careengine.pipeline.needs import windows
from careengine.store import inbox, outbox, states

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.app.app import App

LATE = timedelta(minutes=15)  # what is due for longer is worth a look
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is well or not. Where it is `needed`, interactions cannot be taken without it."""

    name: str
    ok: bool
    needed: bool
    detail: str


def checks(app: App) -> list[Check]:
    """Everything there is to say about the application."""
    return [_store(app), _rules(app), _plugins(app), _adapters(app), _reconciling(app), _retention(app), *_queues(app)]


def _store(app: App) -> Check:
    try:
        app.store.prove()
    except StoreError:
        return Check(name="store", ok=False, needed=True, detail="the database cannot be written; the log says more")
    return Check(name="store", ok=True, needed=True, detail="the database can be written")


def _rules(app: App) -> Check:
    policies, refused = app.policies(), app.rules.refused
    detail = ", ".join(f"{count} {status}" for status, count in counts(policies).items())
    if refused:
        detail += f"; the latest change was refused for {len(refused)} problem{'' if len(refused) == 1 else 's'}"
    return Check(name="rules", ok=not refused, needed=False, detail=f"{detail}, rule set {policies.hash[:12]}")


def _plugins(app: App) -> Check:
    sick = [info.name for info in app.host.plugins if info.state == QUARANTINED]
    detail = f"quarantined: {', '.join(sick)}; `careengine plugins` says why" if sick else "none is quarantined"
    return Check(name="plugins", ok=not sick, needed=False, detail=detail)


def _adapters(app: App) -> Check:
    sick, well = sorted(app.broken_adapters), sorted(app.adapters)
    detail = f"out of order: {', '.join(sick)}" if sick else f"at work: {', '.join(well) or 'none is configured'}"
    return Check(name="adapters", ok=not sick, needed=False, detail=detail)


def _reconciling(app: App) -> Check:
    # Not why: anybody may read this, and a CRM's own words may name people.
    sick = ", ".join(f"`{name}`" for name in sorted(app.delivery.troubles))
    detail = (
        f"cannot be asked what got lost: {sick}; the log says why" if sick else "every CRM can be asked what got lost"
    )
    return Check(name="reconciling", ok=not sick, needed=False, detail=detail)


def _retention(app: App) -> Check:
    kept = timedelta(days=app.settings.retention.events_days)
    asked = max((each for each in windows(app.policies().policies).values() if each), default=timedelta(0))
    enough = not kept or asked <= kept
    detail = f"events are kept for {say_duration(kept)}" if kept else "events are kept for good"
    if not enough:
        detail += f", but rules look back {say_duration(asked)}; raise `retention.events_days`"
    return Check(name="retention", ok=enough, needed=False, detail=detail)


def _queues(app: App) -> list[Check]:
    tenant, now = app.settings.tenant, app.clock()
    try:
        with app.store.read() as reader:
            due = [action.due_at for action in outbox.in_state(reader, tenant, states.DUE, limit=1)]
            parked = len(outbox.in_state(reader, tenant, states.PARKED, limit=_MANY))
            waiting = [delivery.received_at for delivery in inbox.in_state(reader, tenant, states.DUE, limit=1)]
            stuck = len(inbox.in_state(reader, tenant, states.PARKED, limit=_MANY))
    except StoreError:
        return []  # the store's own check says it
    return [
        _queue("outbox", due, parked, now, "/v1/actions?state=parked"),
        _queue("inbox", waiting, stuck, now, "/v1/deliveries"),
    ]


def _queue(name: str, oldest: list[datetime], parked: int, now: datetime, place: str) -> Check:
    age = max((now - at for at in oldest), default=timedelta(0))
    aside = f"; {parked} parked for a person, see `{place}`" if parked else ""
    waits = f"the oldest is due for {say_duration(timedelta(seconds=int(age.total_seconds())))}"
    detail = waits if age > timedelta(0) else "nothing waits"
    return Check(name=name, ok=age < LATE and not parked, needed=False, detail=detail + aside)
