"""A CRM that refuses our credentials: it is left alone for a while, and nobody's action is put aside for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from careengine.delivery.fate import Again, Park, backoff, say
from careengine.store import causes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from careengine.delivery.fate import Fate
    from careengine.errors import AuthError
    from careengine.settings import DeliverySettings

_LONGEST = 300.0  # seconds; so soon after the credentials are renewed everything goes on

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class Refusal:
    """Whether the CRM behind an adapter refuses one kind of work, and until when it is left alone for that."""

    name: str
    settings: DeliverySettings
    clock: Callable[[], datetime]
    random: Callable[[], float]
    _times: int = 0
    _until: datetime | None = None

    def holds(self) -> bool:
        """Whether the CRM is to be left alone."""
        return self._until is not None and self.clock() < self._until

    def met(self, error: AuthError, attempts: int) -> Fate:
        """It refused again: what becomes of the one at which it did so, its `attempts`th try.

        That one comes again after the others, so that one which alone is refused holds nobody up. Only such a one is
        ever put aside: a try counts where the CRM had let us in just before.
        """
        self._times += 1
        wait = max(backoff(self._times, self.settings, self.random), self.settings.first_delay_seconds)
        wait = min(wait, _LONGEST)
        self._until = self.clock() + timedelta(seconds=wait)
        first, why = self._times == 1, causes.reason(causes.REFUSED, say(error))
        if first and attempts >= self.settings.max_attempts:
            return Park(reason=why, said=error.said)
        if first:
            log.error("the CRM refuses our credentials", adapter=self.name, why=say(error))
        return Again(after=wait + self.settings.first_delay_seconds, reason=why, counted=first, said=error.said)

    def over(self) -> None:
        """It let us in."""
        if self._times:
            log.info("the CRM takes our credentials again", adapter=self.name)
        self._times, self._until = 0, None
