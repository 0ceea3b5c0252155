"""The workers of all adapters."""

from __future__ import annotations

import random as chance
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import structlog

from careengine.delivery.catching_up import CatchUp
from careengine.delivery.lane import Lane
from careengine.delivery.taking import Intake
from careengine.delivery.worker import Worker
from careengine.store import inbox, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from careengine.delivery.taking import Handle
    from careengine.model.adapter import Adapter, Capabilities
    from careengine.settings import DeliverySettings
    from careengine.store import Store
    from careengine.store.turn import Turn

_LOOK = timedelta(seconds=5)  # between two looks for programs that ended
_PRESENT_SECONDS = 1.0  # between two looks at one's own turn, where it must be kept up

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Delivers for one tenant: a thread for each adapter, so that a slow CRM holds up nobody else's.

    `handle` is `Pipeline.handle`; `clock` gives the present instant in UTC, `random` numbers in [0, 1).

    Of several programs on one file the workers of one work, until it ends; those of the others wait for that. On a
    server all work at once, and what a program had claimed when it ended is taken up by another.
    """

    store: Store
    tenant: str
    adapters: Mapping[str, tuple[Adapter, Capabilities]]
    settings: DeliverySettings
    handle: Handle
    clock: Callable[[], datetime]
    random: Callable[[], float] = chance.random
    wait: Callable[[Event, float], object] = Event.wait
    _lanes: Mapping[str, Lane] = field(init=False)
    _turn: Turn = field(init=False)
    _has_turn: bool = False
    _looked: datetime | None = None
    _guard: Lock = field(default_factory=Lock)
    _workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = self.store.turn(f"delivery-{self.tenant}")
        self._lanes = {name: self._lane(name, adapter) for name, (adapter, _) in self.adapters.items()}

    def _lane(self, name: str, adapter: Adapter) -> Lane:
        mine: dict[str, Any] = {"name": name, "adapter": adapter, "store": self.store, "tenant": self.tenant}
        timed: dict[str, Any] = {"settings": self.settings, "clock": self.clock, "random": self.random}
        intake = Intake(**mine, handle=self.handle, max_attempts=self.settings.max_attempts)
        mark = self._turn.mark
        return Lane(**mine, **timed, mark=mark, intake=intake, catch_up=CatchUp(**mine, **timed, handle=self.handle))

    @property
    def troubles(self) -> Mapping[str, str]:
        """The adapters whose CRM cannot be asked at present what no webhook told, each with the reason."""
        return {name: lane.catch_up.trouble for name, lane in self._lanes.items() if lane.catch_up.trouble}

    @property
    def held_up(self) -> list[str]:
        """The adapters whose worker failed at its latest step, for a reason of ours."""
        return [worker.name for worker in self._workers if worker.held_up]

    def recover(self) -> int:
        """Take up again what programs that ended left in the middle; gives how many actions. Raises StoreError.

        Nobody knows whether such an action reached the CRM, or is still on its way. Once that has settled it is applied
        again under the same key, and an adapter reads before it writes, so that it is not done twice.
        """
        with self.store.write() as transaction:
            now = self.clock()
            marks = outbox.claimants(transaction, self.tenant) | inbox.claimants(transaction, self.tenant)
            ended = self._turn.ended(transaction, marks, now)
            settling = timedelta(seconds=self.settings.settle_seconds)
            count = outbox.recover(transaction, self.tenant, now, ended, settling)
            inbox.recover(transaction, self.tenant, ended)
        if count:
            log.warning("taken up again after a sudden end", actions=count)
        return count

    def run_once(self) -> int:
        """Do everything that is due now, in this thread; gives how many steps it took. Raises StoreError."""
        if self._shared:
            self._turn.take()  # whoever claims must be seen to be there
        steps = 0
        for lane in self._lanes.values():
            while lane.step():
                steps += 1
        return steps

    @property
    def _shared(self) -> bool:
        """Whether several programs deliver at once."""
        return self._turn.mark is not None

    def start(self) -> None:
        """Recover, then let the workers run. Raises StoreError."""
        if not self._take_turn():
            log.warning("another program delivers from this database; this one waits until it ends")
        poll = self.settings.poll_seconds
        self._workers = [
            Worker(name=name, step=partial(self._step, lane), poll_seconds=poll, wait=self.wait)
            for name, lane in self._lanes.items()
        ]
        if self._shared:
            self._workers.append(Worker(name="turn", step=self._stay, poll_seconds=_PRESENT_SECONDS))
        for worker in self._workers:
            worker.start()

    def _step(self, lane: Lane) -> bool:
        return (self._has_turn if self._shared else self._take_turn()) and lane.step()

    def _stay(self) -> bool:
        self._take_turn()
        return False

    def _take_turn(self) -> bool:
        with self._guard:
            if self._shared:
                self._has_turn = self._turn.take()
                if self._has_turn and (self._looked is None or self._looked + _LOOK <= self.clock()):
                    self._looked = self.clock()
                    self.recover()
            elif not self._has_turn and self._turn.take():
                self.recover()  # before any worker claims, and while no other program can be sending
                self._has_turn = True
            return self._has_turn

    def wake(self) -> None:
        """Let the workers look for work now, instead of at their next turn."""
        for worker in self._workers:
            worker.wake()

    @property
    def is_stopping(self) -> bool:
        """Whether the workers were asked to end."""
        return any(worker.is_stopping for worker in self._workers)

    def ask_to_stop(self) -> None:
        """Let the workers end after the call each is in; nothing new is taken up."""
        for worker in self._workers:
            worker.ask_to_stop()

    def stop(self, timeout: float | None = None) -> bool:
        """End the workers after the call each is in; False when that took longer than `timeout` seconds in all."""
        self.ask_to_stop()
        until = None if timeout is None else time.monotonic() + timeout
        ended = [worker.join(None if until is None else max(0.0, until - time.monotonic())) for worker in self._workers]
        if all(ended):  # else the turn is given back by the end of the program
            with self._guard:
                self._turn.give_back()
                self._has_turn = False
        return all(ended)
