"""Asks a CRM at intervals what no webhook told, so that a lost one is not lost for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from careengine.delivery.fate import backoff, pause_of, say
from careengine.errors import PayloadError, Throttled
from careengine.store import cursors, events, inbox, locks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from careengine.delivery.taking import Handle
    from careengine.model.adapter import Adapter
    from careengine.settings import DeliverySettings
    from careengine.store import Store

log = structlog.get_logger("careengine.delivery")


@dataclass(slots=True, kw_only=True)
class CatchUp:
    """Reconciles with the CRM behind one adapter. `trouble` says why it cannot at present; empty: it can.

    What is found goes into the inbox, where it is worked off, tried again and parked like what a webhook brought.
    """

    name: str
    adapter: Adapter
    store: Store
    tenant: str
    settings: DeliverySettings
    handle: Handle
    clock: Callable[[], datetime]
    random: Callable[[], float]
    trouble: str = ""
    _due: datetime | None = None
    _failures: int = 0

    def is_due(self) -> bool:
        """Whether it is time to ask; at the start it is."""
        return self.settings.reconcile_seconds > 0 and (self._due is None or self._due <= self.clock())

    def ask(self) -> int:
        """Ask once; gives how many new interactions were kept. Raises Throttled and StoreError.

        Whatever else the adapter raises puts the next time off, longer with each failure.
        """
        with self.store.read() as reader:
            cursor = cursors.get(reader, self.tenant, self.name)
        try:
            found, after = self.adapter.reconcile(cursor)
            fresh = self._fresh(found) if cursor is not None else {}  # without a cursor it would be the CRM's past
        except Exception as error:
            self._put_off(error)
            if isinstance(error, Throttled):
                raise
            return 0
        kept = self._keep(fresh, after)
        self.trouble, self._failures = "", 0
        self._due = self.clock() + timedelta(seconds=self.settings.reconcile_seconds)
        return kept

    def _fresh(self, found: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
        """The interactions as JSON, by a name for each."""
        fresh = {}
        for interaction in found:
            try:
                body = orjson.dumps({**interaction, "source": self.name})
            except TypeError:  # no JSON; the pipeline counts it among the rejects and says what is wrong
                self._refuse(interaction)
                continue
            event = interaction.get("id")
            fresh[event if isinstance(event, str) else sha256(body).hexdigest()] = body
        return fresh

    def _refuse(self, interaction: Any) -> None:
        try:
            self.handle(interaction, self.tenant, (), None)
        except PayloadError as error:
            log.warning("refused", adapter=self.name, why=str(error))

    def _keep(self, fresh: Mapping[str, bytes], after: str | None) -> int:
        now, kept = self.clock(), 0
        with self.store.write() as transaction:
            locks.hold(transaction, "reconcile", self.tenant, self.name)  # other programs find the same
            for name, body in fresh.items():
                if not events.known(transaction, self.tenant, self.name, name):
                    kept += inbox.keep_found(transaction, self.tenant, self.name, name, body, now)
            if after is not None:
                cursors.keep(transaction, self.tenant, self.name, after, now)
        if kept:
            log.info("found what no webhook told", adapter=self.name, interactions=kept)
        return kept

    def _put_off(self, error: Exception) -> None:
        if isinstance(error, Throttled):
            after = pause_of(error)
        else:
            self._failures += 1
            after = backoff(self._failures, self.settings, self.random)
        self._due, self.trouble = self.clock() + timedelta(seconds=after), say(error)
        log.warning("reconciling is put off", adapter=self.name, why=self.trouble)
