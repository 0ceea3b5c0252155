"""One adapter's work: its actions go out in order, what it brings comes in, and it is asked what got lost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from careengine.delivery.fate import Again, Fate, Park, fate_of, gave_up, out_of_hours, pause_of, unsettled
from careengine.delivery.refusal import Refusal
from careengine.delivery.unlifted import left_over
from careengine.errors import AuthError, Conflict, NotFound, OutcomeUnknown, Rejected, Throttled
from careengine.model.adapter import CHANGED, UNCHANGED
from careengine.store import inbox, outbox
from careengine.telemetry import metrics
from careengine.telemetry.spans import span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.delivery.catching_up import CatchUp
    from careengine.delivery.taking import Intake
    from careengine.model.adapter import Adapter, Receipt
    from careengine.settings import DeliverySettings
    from careengine.store import Store
    from careengine.store.outbox import StoredAction

_SEND, _TAKE = "send", "take"
_LET_IN = (Conflict, NotFound, Rejected)  # the CRM looked at what was asked of it

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class Lane:
    """Works for one adapter, one thing at a time. No transaction is open while the adapter is called."""

    name: str
    adapter: Adapter
    store: Store
    tenant: str
    settings: DeliverySettings
    intake: Intake
    catch_up: CatchUp
    clock: Callable[[], datetime]
    random: Callable[[], float]
    mark: int | None  # what this program's claims are marked with, where several deliver
    _refusals: dict[str, Refusal] = field(init=False)  # of sending, and of working off: rights may differ
    _paused_until: datetime | None = None
    _unkept: Callable[[Connection], None] | None = None
    _removed_words: bool = False  # and they can still be read in the database's log

    def __post_init__(self) -> None:
        self._refusals = {
            work: Refusal(name=self.name, settings=self.settings, clock=self.clock, random=self.random)
            for work in (_SEND, _TAKE)
        }

    def step(self) -> bool:
        """Do the next thing that is due; False when nothing is. Raises StoreError."""
        if self._unkept is not None:  # the database failed after the CRM answered: that answer is kept first
            self._keep(self._unkept)
        work = self._catch_up, self._send_one, self._take_one
        did = [each() for each in work if not self._paused()]  # each has its turn, whatever the others have to do
        if self._removed_words and not any(did):
            self._removed_words = not self.store.forget()
        return any(did)

    def _paused(self) -> bool:
        return self._paused_until is not None and self.clock() < self._paused_until

    def _catch_up(self) -> bool:
        try:
            return self.catch_up.is_due() and self.catch_up.ask() > 0
        except Throttled as error:
            self._pause(pause_of(error))
            return False

    def _send_one(self) -> bool:
        if self._refusals[_SEND].holds():
            return False
        with self.store.write() as transaction:
            claimed = outbox.claim(transaction, self.tenant, self.name, self.clock(), self.mark)
        if claimed is None:
            return False
        if claimed.attempts > self.settings.max_attempts:  # it ended the program each time it was tried
            self._put_back(claimed, Park(reason=gave_up(claimed.attempts - 1, claimed.reason)), timedelta())
            return True
        if (fate := out_of_hours(claimed.action, self.clock())) is not None:
            self._put_back(claimed, fate, timedelta())
            return True
        with span("delivery", adapter=self.name, decision=claimed.decision, action=claimed.action.id):
            self._send(claimed)
        return True

    def _send(self, claimed: StoredAction) -> None:
        started = time.perf_counter()
        try:
            receipt = _sure(self.adapter.apply(claimed.action, claimed.action.id))
        except Exception as error:  # noqa: BLE001  whatever an adapter does, the worker lives on
            fate = self._fate(_SEND, error, claimed.attempts)
            self._time("parked" if isinstance(fate, Park) else "again", started)
            self._put_back(claimed, fate, timedelta(seconds=unsettled(error, self.settings)))
        else:
            self._refusals[_SEND].over()
            self._time(receipt.outcome, started)
            self._keep(lambda tx: outbox.done(tx, self.tenant, claimed.action.id, receipt, self.clock()))
            which = {"decision": claimed.decision, "action": claimed.action.id}
            log.info("delivered", adapter=self.name, **which, outcome=receipt.outcome)

    def _fate(self, work: str, error: Exception, attempts: int) -> Fate:
        if isinstance(error, AuthError):
            return self._refusals[work].met(error, attempts)
        if isinstance(error, _LET_IN):
            self._refusals[work].over()
        return fate_of(error, attempts, self.settings, self.random)

    def _time(self, outcome: str, started: float) -> None:
        metrics.DELIVERIES.labels(self.name, outcome).observe(time.perf_counter() - started)

    def _put_back(self, claimed: StoredAction, fate: Fate, settling: timedelta) -> None:
        now, action = self.clock(), claimed.action.id
        self._tell(fate, decision=claimed.decision, action=action, attempts=claimed.attempts)
        if isinstance(fate, Park):
            self._keep(lambda tx: self._park(tx, claimed, fate, settling, now))
            return
        due, attempts = now + settling + timedelta(seconds=fate.after), claimed.attempts - (not fate.counted)
        why = {"reason": fate.reason, "said": fate.said}
        self._keep(
            lambda tx: outbox.again(tx, self.tenant, action, due, now=now, attempts=attempts, by=self.mark, **why)
        )

    def _park(
        self, transaction: Connection, claimed: StoredAction, fate: Park, settling: timedelta, now: datetime
    ) -> None:
        action, said = claimed.action.id, fate.said
        outbox.park(transaction, self.tenant, action, fate.reason, now, self.mark, settling, said=said)
        left_over(transaction, claimed, now)

    def _take_one(self) -> bool:
        if self._refusals[_TAKE].holds():
            return False
        with self.store.write() as transaction:
            delivery = inbox.claim(transaction, self.tenant, self.name, self.clock(), self.mark)
        if delivery is None:
            return False
        if delivery.attempts > self.settings.max_attempts:
            fate: Fate | None = Park(reason=gave_up(delivery.attempts - 1, delivery.reason))
        else:
            error = self.intake.take(delivery)
            fate = None if error is None else self._fate(_TAKE, error, delivery.attempts)
            if fate is None:
                self._refusals[_TAKE].over()
        self._settle(delivery, fate)
        return True

    def _settle(self, delivery: inbox.Delivery, fate: Fate | None) -> None:
        now, seq = self.clock(), delivery.seq
        if fate is None:
            self._keep(lambda tx: inbox.done(tx, self.tenant, seq, now))
            self._removed_words = True
            return
        self._tell(fate, delivery=delivery.delivery, attempts=delivery.attempts)
        if isinstance(fate, Park):
            self._keep(lambda tx: inbox.park(tx, self.tenant, seq, fate.reason, now))
            return
        due, attempts = now + timedelta(seconds=fate.after), delivery.attempts - (not fate.counted)
        self._keep(lambda tx: inbox.again(tx, self.tenant, seq, due, fate.reason, now, attempts))

    def _pause(self, seconds: float) -> None:
        self._paused_until = self.clock() + timedelta(seconds=seconds)  # the CRM's patience is one for all

    def _tell(self, fate: Fate, **what: object) -> None:
        if isinstance(fate, Again) and fate.all_wait:
            self._pause(fate.after)
        state = "parked" if isinstance(fate, Park) else "to be tried again"
        log.warning(state, adapter=self.name, why=fate.reason, **what)

    def _keep(self, write: Callable[[Connection], None]) -> None:
        self._unkept = write
        with self.store.write() as transaction:
            write(transaction)
        self._unkept = None


def _sure(receipt: Receipt) -> Receipt:
    if receipt.outcome not in (CHANGED, UNCHANGED):
        raise OutcomeUnknown("the CRM did not say whether it changed anything", said=receipt.detail)
    return receipt
