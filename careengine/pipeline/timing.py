"""Has a time come as an event of ours: the one way in which `clock.due` is set for later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.due_event import due_event
from careengine.store import timers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection


def set_timer(
    transaction: Connection,
    tenant: str,
    timer_id: str,
    due_at: datetime,
    *,
    event: int,
    cause: Mapping[str, Any],
    about: Mapping[str, str],
    also: Mapping[str, Any] | None = None,
    named: str = "",
    told_at: datetime | None = None,
) -> None:
    """Have a time come, or move the one of that id.

    `event` is the number of the event that it comes from, and `cause` that event's document; `about` says what is due,
    as `careengine.model.due_event.due_event` takes it (kind, policy, step, subject), and `also` has blocks beside what
    every event of ours takes over. `named` is what the event is known by, where one timer becomes several of them.
    `told_at` is the present where an event sets it that may tell of long ago: then what comes behind it goes first.
    """
    document = {**due_event(cause, named or timer_id, due_at, **about), **(also or {})}
    try_at = due_at if told_at is None else timers.settled(due_at, told_at)
    timers.put(transaction, tenant, timer_id, due_at, event, document, try_at)
