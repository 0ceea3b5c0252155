"""A thread that does one thing after the other until it is stopped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

import structlog

from careengine.delivery.fate import say
from careengine.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class Worker:
    """Calls `step` until it says that nothing is due, then waits to be woken, at most `poll_seconds`.

    `wait` is how it waits for an event with a timeout in seconds. `held_up`: the latest step failed for a reason of
    ours, not of the CRM's.
    """

    name: str
    step: Callable[[], bool]
    poll_seconds: float
    wait: Callable[[Event, float], object] = Event.wait
    held_up: bool = False
    _stopping: Event = field(default_factory=Event)
    _woken: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to work."""
        # A daemon: a program that ends without stopping its workers must not hang on a CRM that does not answer.
        self._thread = Thread(target=self._work, name=f"delivery-{self.name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def ask_to_stop(self) -> None:
        """Take up nothing new."""
        self._stopping.set()
        self._woken.set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopping.is_set()

    def join(self, timeout: float | None) -> bool:
        """Wait for the call that is under way; False when it takes longer than `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            if not self._step() and not self._stopping.is_set():
                self.wait(self._woken, self.poll_seconds)

    def _step(self) -> bool:
        try:
            did = self.step()
        except Exception as error:  # noqa: BLE001  a worker that dies would leave its CRM without care, in silence
            with suppress(OSError, ValueError):  # a log that cannot be written must not end the worker either
                log.error("delivery is held up", adapter=self.name, why=say(error))  # noqa: TRY400  it may quote words
            self.held_up = True
            metrics.FAILURES.labels(self.name).inc()
            return False
        self.held_up = False
        return did
