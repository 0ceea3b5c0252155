"""Has the rules' reviews look once a day, and asks the owners of what they find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from careengine.errors import StoreError
from careengine.model.policy import REVIEW
from careengine.pipeline.watching import open_reviews

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from careengine.model.policy import PolicySet
    from careengine.store import Store

EVERY = timedelta(days=1)

log = structlog.get_logger("careengine.review")


@dataclass(slots=True, kw_only=True)
class Reviewer:
    """Looks daily by its clock, the first time at the start. For one thread; several programs ask nobody twice."""

    store: Store
    tenant: str
    policies: Callable[[], PolicySet]
    clock: Callable[[], datetime]
    _due: datetime | None = None

    def step(self) -> bool:
        """Look if it is time; what the database refuses is tried again at the next step."""
        now = self.clock()
        if self._due is not None and now < self._due:
            return False
        try:
            self._look(now)
        except StoreError as error:
            log.warning("the review of the rules is put off", why=str(error))
        return False

    def _look(self, now: datetime) -> None:
        policies = self.policies()
        if policies.of_kind(REVIEW):
            opened = self.store.transact(lambda to: open_reviews(to, self.tenant, policies, now))
            for found in opened:
                log.info("asked a rule's owner", policy=found.policy.id, owner=found.policy.owner)
        self._due = now + EVERY
