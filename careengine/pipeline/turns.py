"""In which order a decision waits for what others may be at, so that no two wait for each other.

First the person, or the event of nobody (`identity.take_turn`), and the task that such an event is about; then the
gate of all rooms (`store.locks`); then clocks, then rooms in the order in which decisions ask for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.due_event import CLOCK_DUE
from careengine.model.history import OFFERS
from careengine.pipeline.asking import subject_of
from careengine.pipeline.raising import TASK
from careengine.pipeline.usage import SETTLES
from careengine.store import locks, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from careengine.pipeline.arrival import Arrival


def take_rooms(transaction: Connection, arrival: Arrival) -> None:
    """Hold the tasks that an event of nobody is about; and where it takes and frees rooms, all rooms of the tenant."""
    told = arrival.interaction
    if told.customer is None:
        for name in sorted(_tasks(transaction, arrival)):
            locks.hold(transaction, locks.DECIDE, arrival.tenant, "task", name)
    if told.type in SETTLES or any(entry.kind == OFFERS for entry in arrival.past):
        locks.hold_rooms(transaction, arrival.tenant)


def _tasks(reader: Connection, arrival: Arrival) -> Iterator[str]:
    fields, told = arrival.fields, arrival.interaction
    offer = fields.get("offer.id")
    if told.type in SETTLES and isinstance(offer, str):
        yield from (task.id for task in tasks.about(reader, arrival.tenant, subject_of(offer)))
    elif told.type == CLOCK_DUE and fields.get("clock.kind") == TASK:
        yield str(fields.get("clock.subject"))
