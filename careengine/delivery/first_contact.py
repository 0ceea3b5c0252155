"""What a CRM remembers of a customer whom we meet for the first time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog

from careengine.delivery.fate import FINAL, say
from careengine.errors import AuthError, Throttled
from careengine.model.history import Entry, told_by
from careengine.store import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.adapter import Adapter
    from careengine.store import Store

MOST = 10_000  # entries; no rule needs more, and they are kept in one transaction

log = structlog.get_logger("careengine.delivery")


def remembered(
    adapter: Adapter, store: Store, tenant: str, interaction: Mapping[str, Any], *, last: bool
) -> tuple[Entry, ...]:
    """The customer's history in the CRM, when this is their first interaction from its source; else nothing.

    It is kept in one transaction with the interaction, and an interaction that is kept is the sign that its customer
    has been met: so a sudden end in between neither loses entries nor doubles them.

    Raises whatever the adapter does, for the interaction to be tried again. On the `last` attempt, or when time mends
    nothing, the answer is nothing, and the log says so: a CRM that cannot answer must not hold up the care.
    """
    source, customer = str(interaction["source"]), (interaction.get("customer") or {}).get("id")
    if not isinstance(customer, str) or _met(store, tenant, source, customer):
        return ()
    try:
        return tuple(told_by(source, _sound(entry)) for entry in islice(adapter.history(customer), MOST))
    except Exception as error:
        if isinstance(error, Throttled) or not (last or isinstance(error, (AuthError, *FINAL))):
            raise
        log.warning("decided without the CRM's history", adapter=source, event_id=interaction["id"], why=say(error))
        return ()


def _met(store: Store, tenant: str, source: str, customer: str) -> bool:
    with store.read() as reader:
        return events.met(reader, tenant, source, customer)


def _sound(entry: Any) -> Entry:
    if not isinstance(entry, Entry):
        raise TypeError("history gives entries")
    if entry.at.utcoffset() is None:
        raise ValueError("an entry's instant needs its offset from UTC")
    return entry
