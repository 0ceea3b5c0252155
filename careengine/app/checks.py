"""Looks at the running application: what is well, what is not, and whether interactions can be taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

import structlog

from careengine.app.rules import counts
from careengine.errors import StoreError
from careengine.host import QUARANTINED
from careengine.model.value import say_duration
from careengine.pipeline.looking_back import looks_back
from careengine.store import migrate, queues, states, tasks, timers

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.app.app import App
    from careengine.store.queues import Depth

LATE = timedelta(minutes=15)  # what is due for longer is worth a look
LATE_TIMER = timedelta(minutes=1)  # timers are exact to the second
SCARCE = 500_000_000  # bytes; time enough to make room
_SHAPES = {
    migrate.CURRENT: "the database has the shape of this version",
    migrate.BEHIND: "the database has the shape of an older version; start this one again to bring it up to date",
    migrate.AHEAD: "a newer version brought the database up to date; this one goes on until it ends",
}

log = structlog.get_logger("careengine.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is well or not. Where it is `needed`, interactions cannot be taken without it."""

    name: str
    ok: bool
    needed: bool
    detail: str


def checks(app: App) -> list[Check]:
    """Everything there is to say about the application."""
    needed = [_store(app), _schema(app)]
    warning = [_rules(app), _plugins(app), _adapters(app), _reconciling(app), _delivering(app), _retention(app)]
    return [*needed, *_disk(app), *warning, *_credentials(app), *_queues(app), *_timers(app), *_tasks(app)]


def _store(app: App) -> Check:
    try:
        app.store.prove()
    except StoreError as error:
        log.warning("the database cannot be written", because=str(error))
        # Not where it lies: anybody may read this.
        return Check(name="store", ok=False, needed=True, detail=str(error).replace(app.store.place, "…"))
    return Check(name="store", ok=True, needed=True, detail="the database can be written")


def _schema(app: App) -> Check:
    try:
        with app.store.read() as reader:
            shape = migrate.shape(reader)
    except StoreError:
        return Check(name="schema", ok=False, needed=True, detail="the database cannot be read; the log says more")
    return Check(name="schema", ok=shape != migrate.BEHIND, needed=True, detail=_SHAPES[shape])


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


def _delivering(app: App) -> Check:
    sick = ", ".join(f"`{name}`" for name in sorted([*app.delivery.held_up, *app.held_up]))
    detail = f"held up for a reason of ours: {sick}; the log says why" if sick else "no worker is held up"
    return Check(name="delivery", ok=not sick, needed=False, detail=detail)


def _disk(app: App) -> list[Check]:
    if not app.settings.store.url.startswith("sqlite:"):
        return []  # the disk of a database server is for those who run it to watch
    try:
        free = disk_usage(Path(app.store.place).parent).free
    except OSError:
        return [Check(name="disk", ok=False, needed=False, detail="the database's folder cannot be looked at")]
    detail = f"{free // 1_000_000} MB are free for the database"
    return [Check(name="disk", ok=free >= SCARCE, needed=False, detail=detail)]


def _retention(app: App) -> Check:
    kept = timedelta(days=app.settings.retention.events_days)
    asked = looks_back(app.policies().policies)
    farthest = max(asked, key=lambda name: asked[name], default="")
    enough = not kept or not asked or asked[farthest] <= kept
    detail = f"events are kept for {say_duration(kept)}" if kept else "events are kept for good"
    if not enough:
        far = say_duration(asked[farthest])
        detail += f", but rules look back {far} (`{farthest}`); raise `retention.events_days`"
    return Check(name="retention", ok=enough, needed=False, detail=detail)


def _queues(app: App) -> list[Check]:
    try:
        with app.store.read() as reader:
            found = queues.depths(reader, app.settings.tenant)
    except StoreError:
        return []  # the store's own check says it
    now = app.clock()
    return [
        _queue(queues.OUTBOX, found, now, "/v1/actions?state=parked"),
        _queue(queues.INBOX, found, now, "/v1/deliveries"),
    ]


def _tasks(app: App) -> list[Check]:
    try:
        with app.store.read() as reader:
            found = [one for one in tasks.waiting(reader, app.settings.tenant, app.clock()) if one.overdue]
    except StoreError:
        return []  # the store's own check says it
    # By role, not by customer: anybody may read this.
    late = ", ".join(f"{one.overdue} {one.kind}{'' if one.overdue == 1 else 's'} for {one.role}" for one in found)
    detail = (
        f"past their time: {late}; `careengine tasks list --overdue` shows them" if late else "nobody is waited for"
    )
    return [Check(name="people", ok=not late, needed=False, detail=detail)]


def _timers(app: App) -> list[Check]:
    try:
        with app.store.read() as reader:
            found = timers.waiting(reader, app.settings.tenant)
    except StoreError:
        return []  # the store's own check says it
    late = app.clock() - found.oldest if found.oldest else timedelta(0)
    failed = f"; {found.failed} failed and will be tried again, the log says why" if found.failed else ""
    overdue = f"the oldest is overdue for {say_duration(timedelta(seconds=int(late.total_seconds())))}"
    ok = late < LATE_TIMER and not found.failed
    detail = (overdue if late >= LATE_TIMER else "none is overdue") + failed
    return [Check(name="timers", ok=ok, needed=False, detail=detail)]


def _credentials(app: App) -> list[Check]:
    try:
        with app.store.read() as reader:
            # Not what the CRM said: anybody may read this.
            sick = ", ".join(f"`{name}`" for name in sorted(queues.refused(reader, app.settings.tenant)))
    except StoreError:
        return []  # the store's own check says it
    detail = f"refused: {sick}; everything for it waits until they are renewed" if sick else "no CRM refuses ours"
    return [Check(name="credentials", ok=not sick, needed=False, detail=detail)]


def _queue(name: str, found: list[Depth], now: datetime, place: str) -> Check:
    mine = [depth for depth in found if depth.queue == name]
    age = max((now - depth.due_at for depth in mine if depth.state == states.DUE), default=timedelta(0))
    parked = sum(depth.count for depth in mine if depth.state == states.PARKED)
    aside = f"; {parked} parked for a person, see `{place}`" if parked else ""
    waits = f"the oldest is due for {say_duration(timedelta(seconds=int(age.total_seconds())))}"
    detail = waits if age > timedelta(0) else "nothing waits"
    return Check(name=name, ok=age < LATE and not parked, needed=False, detail=detail + aside)
