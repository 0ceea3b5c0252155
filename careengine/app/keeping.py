"""Removes what is older than the settings let it be kept."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from careengine.errors import StoreError
from careengine.store import audit, locks, removal, retention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.settings import RetentionSettings
    from careengine.store import Store

EVENTS = "events"
EVERY = timedelta(days=1)

log = structlog.get_logger("careengine.retention")


def too_old(settings: RetentionSettings, now: datetime) -> dict[str, datetime]:
    """The kinds that are not kept for good, each with the instant before which it is too old."""
    days = {name.removesuffix("_days"): count for name, count in asdict(settings).items()}
    return {kind: now - timedelta(days=count) for kind, count in days.items() if count}


def count(store: Store, tenant: str, settings: RetentionSettings, now: datetime) -> dict[str, int]:
    """How many of each kind `purge` would remove. Raises StoreError."""
    found = {}
    with store.read() as reader:
        for kind, before in too_old(settings, now).items():
            if kind != EVENTS:
                found[kind] = retention.count(reader, tenant, kind, before)
                continue
            page = retention.old_events(reader, tenant, before, 0)
            found[kind] = len(page.numbers)
            while page.next is not None:
                page = retention.old_events(reader, tenant, before, page.next)
                found[kind] += len(page.numbers)
    return found


def purge(
    store: Store, tenant: str, settings: RetentionSettings, now: datetime, actor: str = audit.OURSELVES
) -> dict[str, int]:
    """Remove what is too old, a page a transaction; gives how many of each kind. The audit keeps these counts.

    Raises StoreError; what was removed before it stays removed.
    """
    removed = {}
    for kind, before in too_old(settings, now).items():
        if kind == EVENTS:
            removed[kind] = _purge_events(store, tenant, before, now)
        else:
            with _alone(store, tenant) as transaction:
                removed[kind] = retention.remove(transaction, tenant, kind, before, now)
    if any(removed.values()):
        deed = audit.Deed(actor=actor, did="purge", subject="retention", reason="kept long enough", after=removed)
        with store.write() as transaction:
            audit.add(transaction, tenant, deed, now)
        log.info("removed what was kept long enough", **removed)
    return removed


@contextmanager
def _alone(store: Store, tenant: str) -> Iterator[Connection]:
    """A transaction for removing; another program that purges at the same time waits, and finds it done."""
    with store.write() as transaction:
        locks.hold(transaction, "purge", tenant)
        yield transaction


def _purge_events(store: Store, tenant: str, before: datetime, now: datetime) -> int:
    removed, after = 0, 0
    while True:
        with _alone(store, tenant) as transaction:
            page = retention.old_events(transaction, tenant, before, after)
            removed += removal.remove_events(transaction, tenant, page.numbers, now)["events"]
        if page.next is None:
            return removed
        after = page.next


class Keeper:
    """Purges daily by its clock, the first time at the start. For one thread."""

    def __init__(self, store: Store, tenant: str, settings: RetentionSettings, clock: Callable[[], datetime]) -> None:
        self._store, self._tenant, self._settings, self._clock = store, tenant, settings, clock
        self._due: datetime | None = None
        self._readable = False  # what was removed can still be read in the database's log

    def step(self) -> bool:
        """Purge if it is time; what the database refuses is tried again at the next step."""
        try:
            self._keep(self._clock())
        except StoreError as error:
            log.warning("the purge is put off", why=str(error))
        return False

    def _keep(self, now: datetime) -> None:
        if self._due is None or self._due <= now:
            removed = purge(self._store, self._tenant, self._settings, now)
            self._due, self._readable = now + EVERY, self._readable or any(removed.values())
        if self._readable:
            self._readable = not self._store.forget()
