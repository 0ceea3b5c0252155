"""A promise: whoever keeps it says so, or agrees on another time with the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.value import parse_instant, say_instant
from careengine.people.kind import Choice, Given, Kind

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding

_INSTANT = {"type": "string", "format": "date-time", "maxLength": 64, "description": "By when it is promised now."}
_LATER = "an instant after now, such as `2026-03-02T17:00:00Z`"


def _keep(deciding: Deciding) -> None:
    deciding.happened("promise.kept", promise={"kept_at": say_instant(deciding.now)})


def _extend(deciding: Deciding) -> None:
    """It is made anew, with a task of its own."""
    try:
        due_at = parse_instant(deciding.given["due_at"])
    except ValueError:
        due_at = deciding.now
    if due_at <= deciding.now:
        raise PayloadError([PayloadProblem(pointer="/due_at", message=f"expected {_LATER}")])
    deciding.happened("promise.made", promise={"due_at": say_instant(due_at)})


PROMISE = Kind(
    name="promise",
    names="promises",
    says="What was promised to a customer is open until somebody says that it is kept.",
    choices=(
        Choice(name="keep", state="kept", says="it is kept", follows=_keep),
        Choice(
            name="extend",
            state="extended",
            says="the customer agreed to a later time",
            follows=_extend,
            takes={"due_at": Given(schema=_INSTANT, expected=_LATER, plain=True)},
        ),
    ),
)
