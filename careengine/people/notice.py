"""The notice of a restriction: every part of it is there, or it does not go out and the restriction does not begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem
from careengine.messages import write
from careengine.model.interaction import Interaction
from careengine.model.message import Message
from careengine.store import events

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.messages import Written
    from careengine.people.deciding import Deciding
    from careengine.store.restrictions import Restricted

KEPT = (
    "what you are owed, our emergency contact, the statutory complaint route and reasonable adjustments; a complaint "
    "of yours is judged on its merits"
)
_STEPS = {
    "written_warning": "a written warning",
    "restricted_channel": "we serve you on one channel only",
    "suspension": "we suspend our service beyond what you are owed",
}
_GIVEN = {"notice.behaviour": "/behaviour", "notice.evidence": "/evidence_summary"}


def notice_of(
    deciding: Deciding, one: Restricted, *, start: datetime, end: datetime, appeal_until: datetime
) -> Written:
    """The notice as the customer reads it. Raises PayloadError with every part that it lacks."""
    texts = one.document.get("notice")
    if not texts:
        raise PayloadError([PayloadProblem(pointer="", message="the policy has no notice, so nothing can be imposed")])
    params: dict[str, Any] = {
        "notice.behaviour": deciding.given["behaviour"].strip() or None,
        "notice.evidence": deciding.given["evidence_summary"].strip() or None,
        "notice.restriction": _STEPS[one.standing.step],
        "notice.start": start,
        "notice.expiry": end,
        "notice.appeal": f"write to {one.standing.appeal_to.replace('-', ' ')} by {appeal_until:%d %B %Y}",
        "notice.appeal_until": appeal_until,
        "notice.kept": KEPT,
    }
    cause = events.document_of(deciding.transaction, deciding.tenant, one.event)
    fields = Interaction.read(cause, deciding.pipeline.reader.catalogue).fields
    written = write(Message(texts=texts), fields, params)
    if written.text is None:
        pointers = {_GIVEN.get(name, "") for name in written.missing} or {""}
        message = f"the notice cannot go out: {written.why}"
        raise PayloadError([PayloadProblem(pointer=pointer, message=message) for pointer in sorted(pointers)])
    return written
