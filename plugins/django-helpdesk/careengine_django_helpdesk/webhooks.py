"""Webhooks of the helpdesk: it signs nothing and says what changed only by the newest follow-up.

A new ticket comes as `{"ticket": …, "queue_slug": …}`, a follow-up with `followup_id` beside them. The helpdesk waits
3 seconds for an answer, never sends again, and loses the request it is serving when nobody listens at all.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from careengine import PayloadError, PayloadProblem, SignatureError
from careengine_django_helpdesk.events import events_of
from careengine_django_helpdesk.story import steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine_django_helpdesk.options import Options


def check_secret(url: str, accepted: Sequence[str]) -> None:
    """Compare the address's one `secret` parameter with each accepted one, in constant time. Raises SignatureError."""
    try:
        given = parse_qs(urlsplit(url).query, max_num_fields=20).get("secret", [])
    except ValueError:
        given = []
    # Compared even when there is none, and with all, so that the time tells nothing.
    said = given[0] if len(given) == 1 else ""
    found = [hmac.compare_digest(said.encode("utf-8", "replace"), secret.encode()) for secret in accepted]
    if not any(found):
        raise SignatureError("the webhook's address does not end in the right `?secret=`")


def delivery_id(body: bytes) -> str:
    """What is told, as an id: the same follow-up, or the same new ticket, has the same one however often it comes."""
    try:
        said = read(body)
    except PayloadError:
        return f"body-{hashlib.sha256(body).hexdigest()}"
    if (followup := said.get("followup_id")) is not None:
        return f"followup-{followup}"
    return f"ticket-{said['ticket']['id']}"


def interactions(body: bytes, options: Options) -> list[dict[str, Any]]:
    """The interactions in a delivery, without our own. Raises PayloadError."""
    said = read(body)
    ticket, told = said["ticket"], said.get("followup_id")
    life = list(steps(ticket, options))
    about = [step for step in life if step.followup["id"] == told] if told is not None else life[:1]
    if not about:
        raise _unfit("/ticket/followup_set", "the follow-up that the webhook is about")
    events = events_of(ticket, about[0], options)
    for event in events:
        event["case"].setdefault("team", str(said.get("queue_slug") or ticket.get("queue"))[:200])
    return events


def read(body: bytes) -> Mapping[str, Any]:
    """The JSON of a delivery, as far as all else depends on it. Raises PayloadError."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unfit("", "JSON") from error
    if not isinstance(said, dict) or not isinstance(said.get("ticket"), dict):
        raise _unfit("/ticket", "a ticket")
    if type(said["ticket"].get("id")) is not int:
        raise _unfit("/ticket/id", "the ticket's number")
    if type(said.get("followup_id", 0)) is not int:
        raise _unfit("/followup_id", "a follow-up's number")
    return said


def _unfit(pointer: str, expected: str) -> PayloadError:
    return PayloadError([PayloadProblem(pointer=pointer, message=f"expected {expected}")])
