"""What a message may name beside the fields of the event: the parameters of the action that it goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.catalogue import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from careengine.model.value import Money


def _params(*named: tuple[str, str, str]) -> Mapping[str, Field]:
    return {path: Field(path=path, type=kind, title=path, phrase=says, description=says) for path, kind, says in named}


OFFER = _params(
    ("offer.amount", "money", "what is offered"),
    ("offer.family", "category", "whether it is owed (`entitlement`) or given (`goodwill`, `gesture`)"),
    ("offer.expires", "duration", "how long the offer stands"),
    ("offer.expires_at", "instant", "until when the offer stands"),
)

NOTICE = _params(
    ("notice.behaviour", "text", "what the customer did"),
    ("notice.evidence", "text", "what that rests on"),
    ("notice.restriction", "text", "what follows, such as `a written warning`"),
    ("notice.start", "instant", "from when"),
    ("notice.expiry", "instant", "until when"),
    ("notice.appeal", "text", "how to contest it"),
    ("notice.appeal_until", "instant", "until when it can be contested"),
    ("notice.kept", "text", "what stays as it is"),
)


def offer_params(family: str, amount: Money | None, expires: timedelta | None, as_of: datetime) -> Mapping[str, Any]:
    """The values of `OFFER` for one offer; None is not known."""
    until = None if expires is None else stands_until(as_of, expires)
    return {"offer.family": family, "offer.amount": amount, "offer.expires": expires, "offer.expires_at": until}


def stands_until(as_of: datetime, length: timedelta) -> datetime | None:
    """When an offer runs out that was made at `as_of`; None where there is no such instant."""
    try:
        return as_of + length
    except OverflowError:
        return None
