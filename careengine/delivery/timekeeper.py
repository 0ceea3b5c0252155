"""Fires the timers that are due: each becomes its event, which goes the way of every event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from careengine.delivery.fate import say
from careengine.errors import ErasedError, Overloaded
from careengine.store import inbox, timers
from careengine.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from threading import Event

    from sqlalchemy import Connection

    from careengine.delivery.taking import Handle
    from careengine.store import Store
    from careengine.store.timers import Timer

LOOK_SECONDS = 1.0  # between two looks for timers that other programs set; it costs one look into an index
_LEAST_SECONDS = 0.01
CATCHING_UP = timedelta(minutes=1)  # for what came in while no program ran
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)  # pauses after failures, each twice the one before

log = structlog.get_logger("careengine.timers")


@dataclass(slots=True, kw_only=True)
class Timekeeper:
    """Fires timers in the order in which they are due, late ones too. For one thread; any number of them may run.

    `handle` is `Pipeline.handle_any`; `clock` gives the present instant in UTC. A timer leaves in the transaction of
    its event: of several that are at the same one, also in other programs, one keeps it and the others find it gone.
    What fell due before the program began waits, at most a minute, for the deliveries that came in meanwhile: one of
    them may tell that it is done.
    """

    store: Store
    tenant: str
    handle: Handle
    clock: Callable[[], datetime]
    _next: datetime | None = None
    _began: datetime | None = None

    def step(self) -> bool:
        """Fire the first timer that is due; False when none is. Raises StoreError."""
        self._next = None  # where this fails, the next look comes after the usual while
        with self.store.read() as reader:
            at = timers.next_at(reader, self.tenant)
            if at is not None and self._catches_up(reader, at):
                return False
        if at is None or at > self.clock():
            self._next = at
            return False
        with self.store.write() as transaction:
            timer = timers.due(transaction, self.tenant, self.clock())
        return timer is not None and self._fire(timer)

    def _catches_up(self, reader: Connection, at: datetime) -> bool:
        now = self.clock()
        self._began = self._began or now
        return at < self._began and now < self._began + CATCHING_UP and inbox.any_due(reader, self.tenant)

    def run_once(self) -> int:
        """Fire everything that is due now, in this thread; gives how many. Raises StoreError."""
        fired = 0
        while self.step():
            fired += 1
        return fired

    def wait(self, woken: Event, most: float) -> None:
        """Wait until the next timer is due, at most so many seconds, or until woken."""
        left = most if self._next is None else (self._next - self.clock()).total_seconds()
        woken.wait(min(most, max(_LEAST_SECONDS, left)))

    def _fire(self, timer: Timer) -> bool:
        take = partial(timers.take, tenant=self.tenant, timer=timer)
        try:
            self.handle(timer.document, self.tenant, (), take)
        except ErasedError:  # somebody else took it, or moved it; or its event was erased, and then it goes, too
            return self.store.transact(take)
        except Overloaded:
            raise  # that is nothing of this timer's
        except Exception as error:  # noqa: BLE001  one timer that fails must not hold up the others
            self._put_off(timer, error)
        else:
            metrics.TIMERS.labels("fired").inc()
            log.info("timer fired", timer=timer.id, late_seconds=(self.clock() - timer.due_at).total_seconds())
        return True

    def _put_off(self, timer: Timer, error: Exception) -> None:
        """Try it later. Raises StoreError: then the whole database is out of order, and not this one timer."""
        pause = min(_FIRST * 2 ** min(timer.attempts, 20), _LONGEST)
        self.store.transact(lambda to: timers.put_off(to, self.tenant, timer, self.clock() + pause))
        metrics.TIMERS.labels("failed").inc()
        log.error(
            "timer failed", timer=timer.id, attempts=timer.attempts + 1, again_in=str(pause), why=say(error, "it")
        )
