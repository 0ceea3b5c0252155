"""The workers of all adapters."""

from __future__ import annotations

import random as chance
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

import structlog

from careengine.delivery.lane import Lane
from careengine.delivery.worker import Worker
from careengine.store import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from careengine.model.adapter import Adapter, Capabilities
    from careengine.settings import DeliverySettings
    from careengine.store import Store

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Delivers for one tenant: a thread for each adapter, so that a slow CRM holds up nobody else's.

    `handle` is `Pipeline.handle`; `clock` gives the present instant in UTC, `random` numbers in [0, 1). One program
    at a time delivers from a database.
    """

    store: Store
    tenant: str
    adapters: Mapping[str, tuple[Adapter, Capabilities]]
    settings: DeliverySettings
    handle: Callable[[Any, str], object]
    clock: Callable[[], datetime]
    random: Callable[[], float] = chance.random
    wait: Callable[[Event, float], object] = Event.wait
    _lanes: Mapping[str, Lane] = field(init=False)
    _workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lanes = {name: self._lane(name, adapter) for name, (adapter, _) in self.adapters.items()}

    def _lane(self, name: str, adapter: Adapter) -> Lane:
        return Lane(
            name=name,
            adapter=adapter,
            store=self.store,
            tenant=self.tenant,
            settings=self.settings,
            handle=self.handle,
            clock=self.clock,
            random=self.random,
        )

    def recover(self) -> int:
        """Take up again what an earlier run left in the middle; gives how many. Raises StoreError.

        Nobody knows whether such an action reached the CRM. It is applied again under the same key, and an adapter
        reads before it writes, so that it is not done twice.
        """
        with self.store.write() as transaction:
            count = outbox.recover(transaction, self.tenant, self.clock())
        if count:
            log.warning("taken up again after a sudden end", actions=count)
        return count

    def run_once(self) -> int:
        """Do everything that is due now, in this thread; gives how many steps it took. Raises StoreError."""
        steps = 0
        for lane in self._lanes.values():
            while lane.step():
                steps += 1
        return steps

    def start(self) -> None:
        """Recover, then let the workers run. Raises StoreError."""
        self.recover()
        poll = self.settings.poll_seconds
        self._workers = [
            Worker(name=name, step=lane.step, poll_seconds=poll, wait=self.wait) for name, lane in self._lanes.items()
        ]
        for worker in self._workers:
            worker.start()

    def wake(self) -> None:
        """Let the workers look for work now, instead of at their next turn."""
        for worker in self._workers:
            worker.wake()

    def stop(self, timeout: float | None = None) -> bool:
        """End the workers after the call each is in; False when one took longer than `timeout` seconds."""
        for worker in self._workers:
            worker.ask_to_stop()
        ended = [worker.join(timeout) for worker in self._workers]
        return all(ended)
