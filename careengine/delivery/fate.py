"""What becomes of something that failed: tried again after a while, or left to a person."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from careengine.errors import (
    AdapterError,
    CareError,
    InboundError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unsupported,
)
from careengine.model.value import parse_instant
from careengine.store import causes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from careengine.model.decision import Action
    from careengine.settings import DeliverySettings

# Trying again changes nothing about these; somebody has to mend or decide something first.
_FINAL: Mapping[type[CareError], str] = {
    Rejected: causes.REJECTED,
    NotFound: causes.NOT_FOUND,
    Unsupported: causes.UNSUPPORTED,
    InboundError: causes.INVALID,
}
FINAL = tuple(_FINAL)
_LONGEST_PAUSE = 30 * 86400.0  # seconds; nobody asks for more in earnest
_FARTHEST = 60  # doublings; past any ceiling, and still a number that a float can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Try again after so many seconds.

    `counted`: whether this attempt counts towards the most there may be; `all_wait`: the CRM is left alone so long.
    `said` are the CRM's own words, which are never logged.
    """

    after: float
    reason: str
    counted: bool = True
    all_wait: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """Leave it to a person. `said` are the CRM's own words, which are never logged."""

    reason: str
    said: str = ""


Fate = Again | Park


def fate_of(error: Exception, attempts: int, settings: DeliverySettings, random: Callable[[], float]) -> Fate:
    """Decide on a failed attempt, the `attempts`th. `random` gives numbers in [0, 1)."""
    reason, said = say(error), error.said if isinstance(error, AdapterError) else ""
    if isinstance(error, Throttled):
        return Again(after=pause_of(error), reason=reason, counted=False, all_wait=True, said=said)
    if isinstance(error, FINAL):
        cause = next(cause for kind, cause in _FINAL.items() if isinstance(error, kind))
        return Park(reason=causes.reason(cause, reason), said=said)
    if attempts >= settings.max_attempts:
        return Park(reason=gave_up(attempts, reason), said=said)
    return Again(after=backoff(attempts, settings, random), reason=reason, said=said)


def out_of_hours(action: Action, now: datetime) -> Park | None:
    """Leave a contact to a person that could not be sent while the customer was not to be left in peace."""
    windows = action.params.get("send_within")
    if not windows or any(parse_instant(start) <= now < parse_instant(end) for start, end in windows):
        return None
    why = "its time: now the customer is not to be disturbed, or it is out of date"
    return Park(reason=causes.reason(causes.GAVE_UP, why))


def unsettled(error: Exception, settings: DeliverySettings) -> float:
    """Seconds until the CRM shows what a write that failed like this did there; until then nobody looks for it.

    A request whose sender waits no longer may still lie in a queue of the CRM's. Who reads past it finds nothing, and
    would write a second time. What an adapter did not mean to raise says nothing about the CRM, so it counts, too.
    """
    known = isinstance(error, AdapterError) and not isinstance(error, OutcomeUnknown)
    return 0.0 if known else settings.settle_seconds


def backoff(attempts: int, settings: DeliverySettings, random: Callable[[], float]) -> float:
    """Seconds to wait: exponential with full jitter, so that those who failed together do not come back together.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    ceiling = settings.first_delay_seconds * 2.0 ** min(attempts - 1, _FARTHEST)
    return random() * min(ceiling, settings.max_delay_seconds)


def pause_of(error: Throttled) -> float:
    """The seconds that the CRM asks for."""
    return min(max(error.after, 0.0), _LONGEST_PAUSE) if isfinite(error.after) else _LONGEST_PAUSE


def gave_up(attempts: int, reason: str) -> str:
    """Why something is parked that might have worked."""
    return causes.reason(causes.GAVE_UP, f"{attempts} attempts: {reason}")


def say(error: Exception, who: str = "the adapter") -> str:
    """Why it failed. What was not raised on purpose may quote secrets or words, so only its place is told."""
    if isinstance(error, CareError):
        return str(error) or type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{who} failed unexpectedly ({type(error).__name__}{place})"
