"""What the helpdesk's HTTP answers mean for whoever asked."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from careengine import AdapterError, AuthError, Conflict, NotFound, Rejected, Retryable, Throttled

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_WAIT = 30.0
LONGEST_WAIT = 3600.0
_QUOTED = 200


_WHO = "it must be the token of an active staff user"
_SAYS: Mapping[int, tuple[type[AdapterError], str]] = {
    401: (AuthError, f"the helpdesk refuses the token; {_WHO}"),
    403: (AuthError, f"the helpdesk refuses the token's user; {_WHO}"),
    404: (NotFound, "not in the helpdesk, or in a queue that the token's user may not see"),
    408: (Retryable, "the helpdesk waited too long for us"),
    409: (Conflict, "the record changed meanwhile"),
    412: (Conflict, "the record changed meanwhile"),
}
_SAYS_OF_HUNDRED: Mapping[int, tuple[type[AdapterError], str]] = {
    3: (Rejected, "the helpdesk sends us elsewhere; give its final address as `base_url`"),
    4: (Rejected, "the helpdesk refuses it"),
    5: (Retryable, "the helpdesk failed"),
}


def problem_of(status: int, what: str, content: bytes) -> AdapterError | None:
    """The error for an answer, None when it is fine. `what` names the call, such as `GET tickets/7/`."""
    hundred = status // 100
    if hundred == 2:  # noqa: PLR2004  HTTP's word for success
        return None
    kind, says = _SAYS.get(status) or _SAYS_OF_HUNDRED.get(hundred, _SAYS_OF_HUNDRED[5])
    said = content[:_QUOTED].decode("utf-8", "replace") if status == HTTPStatus.BAD_REQUEST else ""
    return kind(f"{what}: {says} ({status})", said=said)


def wait_of(retry_after: str | None, now: datetime | None = None) -> Throttled:
    """How long a 429 asks to wait: seconds or a date in `Retry-After`, within an hour; half a minute if it is odd."""
    return Throttled(max(0.0, min(_seconds(retry_after or "", now or datetime.now(UTC)), LONGEST_WAIT)))


def _seconds(text: str, now: datetime) -> float:
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_WAIT
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
