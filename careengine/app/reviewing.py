"""Has the rules' reviews look once a day, and asks the owners of what they find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from careengine.errors import StoreError
from careengine.model.policy import REVIEW
from careengine.pipeline.watching import open_reviews
from careengine.store import audit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from careengine.model.policy import PolicySet
    from careengine.store import Store

EVERY = timedelta(days=1)
_SUBJECT = "reviews"  # how the audit names a look: it is known from there when the last one was

log = structlog.get_logger("careengine.review")


@dataclass(slots=True, kw_only=True)
class Reviewer:
    """Looks when a day has passed since the last look, whichever program that was. For one thread.

    Of several that look at once, none asks anybody twice.
    """

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
            with self.store.read() as reader:
                last = audit.page(reader, self.tenant, 1, subject=_SUBJECT)
            if last and now < last[0].at + EVERY:  # before a start, or by another program
                self._due = last[0].at + EVERY
                return
            self._open(policies, now)
        self._due = now + EVERY

    def _open(self, policies: PolicySet, now: datetime) -> None:
        opened = open_reviews(self.store, self.tenant, policies, now)
        for found in opened:
            log.info("asked a rule's owner", policy=found.policy.id, owner=found.policy.owner)
        told = {"asked": len(opened)}
        deed = audit.Deed(actor=audit.OURSELVES, did="look", subject=_SUBJECT, reason="a day has passed", after=told)
        self.store.transact(lambda to: audit.add(to, self.tenant, deed, now))
