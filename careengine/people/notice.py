"""The notice of a restriction: every part of it is there, or it does not go out and the restriction does not begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem
from careengine.messages import write
from careengine.messages.notices import DRAFTED, notice, notice_params
from careengine.model.interaction import Interaction
from careengine.model.value import parse_said_duration
from careengine.store import events

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.messages import Written
    from careengine.model.catalogue import Catalogue
    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted

_GIVEN = {"notice.behaviour": "/behaviour", "notice.evidence": "/evidence_summary"}
_NONE = "the policy has no notice, so nothing can be imposed"


def notice_of(deciding: Deciding, one: Restricted, *, start: datetime, end: datetime) -> Written:
    """The notice as the customer reads it. Raises PayloadError with every part that it lacks."""
    if not one.document.get("notice"):
        raise PayloadError([PayloadProblem(pointer="", message=_NONE)])
    said = {
        "behaviour": deciding.given["behaviour"].strip() or None,
        "evidence": deciding.given["evidence_summary"].strip() or None,
        "appeal_until": appeal_until(one, deciding.now),
    }
    catalogue = deciding.pipeline.reader.catalogue
    written = _write(deciding.transaction, deciding.tenant, catalogue, one, start=start, end=end, **said)
    if written.text is None:
        pointers = {_GIVEN.get(name, "") for name in written.missing} or {""}
        message = f"the notice cannot go out: {written.why}"
        raise PayloadError([PayloadProblem(pointer=pointer, message=message) for pointer in sorted(pointers)])
    return written


def draft_of(
    reader: Connection, tenant: str, catalogue: Catalogue, one: Restricted, now: datetime
) -> dict[str, str | None]:
    """The notice as it would go out if somebody imposed the restriction now, for whoever decides on it.

    Where a person's own words will stand it has the names under which they give them, in brackets. `text` is None where
    it cannot go out, and `needs` says why.
    """
    if not one.document.get("notice"):
        return {"text": None, "needs": _NONE}
    start, end = bounds(one, now)
    times = {"start": start, "end": end, "appeal_until": appeal_until(one, now)}
    written = _write(reader, tenant, catalogue, one, **DRAFTED, **times)
    if written.text is None:
        return {"text": None, "needs": written.why}
    return {"text": written.text, "locale": written.locale}


def bounds(one: Restricted, now: datetime) -> tuple[datetime, datetime]:
    """When it begins at the earliest and ends at the latest, as the policy has it, if it is imposed now."""
    params: dict[str, Any] = one.document["params"]
    first = now + parse_said_duration(params["starts_after"]) if params.get("starts_after") else now
    return first, now + parse_said_duration(params["expires"])


def appeal_until(one: Restricted, now: datetime) -> datetime:
    """Until when it can be contested, if it is imposed now."""
    return now + parse_said_duration(one.document["params"]["appeal_within"])


def _write(reader: Connection, tenant: str, catalogue: Catalogue, one: Restricted, **parts: Any) -> Written:
    cause = events.document_of(reader, tenant, one.event)
    params = notice_params(step=one.standing.step, address=one.document.get("address", ""), **parts)
    return write(notice(one.document["notice"]), Interaction.read(cause, catalogue).fields, params)
