"""How restrictions stand: what is proposed, in force or over for a customer, as decisions ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.value import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

PROPOSED, IN_FORCE, ENDED = "proposed", "in_force", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """Asks for every restriction of a customer, ended ones too: a list of what `Standing.read` reads."""

    customer: str

    @property
    def key(self) -> str:
        """Such as `restrictions(C-1)`."""
        return f"restrictions({self.customer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A confirmed incident that a ladder counted: its id, and when it was first told of."""

    incident: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One restriction: proposed, in force or ended.

    `incident` led to it at `as_of`; of a ladder `counted` are the confirmed incidents that it looked at.
    """

    id: str
    policy: str
    step: str
    state: str
    incident: str
    as_of: datetime
    counted: tuple[Counted, ...] = ()
    until: datetime | None = None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Standing:
        """From JSON values, with instants as RFC 3339."""
        return cls(
            id=told["id"],
            policy=told["policy"],
            step=told["step"],
            state=told["state"],
            incident=told["incident"],
            as_of=parse_instant(told["as_of"]),
            counted=tuple(Counted(incident=one, at=parse_instant(at)) for one, at in told["counted"]),
            until=parse_instant(told["until"]) if told.get("until") else None,
        )


def read_all(answer: Sequence[Mapping[str, Any]] | None) -> list[Standing]:
    """The restrictions in an answer; none where it is not known."""
    return [Standing.read(told) for told in answer or ()]
