"""Where an event comes from: only we say so, by what we keep, and never by what somebody sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.model.due_event import OURS
from careengine.store import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.pipeline.arrival import Arrival

_FIELDS = ("cause.event", "cause.depth")


def proven(reader: Connection, arrival: Arrival) -> Arrival:
    """The event with the cause that it has.

    Whoever does what we asked for may name the event that we asked on as the cause of what they tell, so that what goes
    round in a circle is noticed. It counts if that event of theirs is kept, and is as deep as we know it to be; else it
    is as if nothing had been said.
    """
    event = arrival.interaction
    if "cause" not in event.document or event.id.startswith(OURS):
        return arrival
    cause = _cause(reader, arrival, event.fields.get(_FIELDS[0]))
    document = {name: block for name, block in event.document.items() if name != "cause"}
    told = {f"cause.{name}": value for name, value in cause.items()}
    return replace(
        arrival,
        interaction=replace(
            event,
            document={**document, **({"cause": cause} if cause else {})},
            fields={**_without(event.fields), **told},
        ),
        fields={**_without(arrival.fields), **told},
    )


def _cause(reader: Connection, arrival: Arrival, name: Any) -> dict[str, Any]:
    if not isinstance(name, str):
        return {}
    before = events.document_named(reader, arrival.tenant, arrival.interaction.source, name)
    return {} if before is None else {"event": name, "depth": before.get("cause", {}).get("depth", 0) + 1}


def _without(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in fields.items() if path not in _FIELDS}
