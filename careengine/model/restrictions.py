"""How restrictions stand: what is proposed, imposed or over for a customer, as decisions ask for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.history import RESTRICTIONS, Entry
from careengine.model.protection import KEPT
from careengine.model.value import parse_instant, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

# What is kept of one. Whether one that was imposed is in force is told by its times alone.
PROPOSED, DECLINED, IMPOSED, ENDED = "proposed", "declined", "imposed", "ended"
SCHEDULED, IN_FORCE = "scheduled", "in_force"

# How long nobody restricts a customer after words in which a plugin found that care comes first, if no setting says.
CARE_FIRST_FOR = timedelta(days=30)

# Timers of a restriction that was imposed: their kind, and what is due.
TIMER = "restriction"
START, EXPIRY, APART = "start", "expiry", "apart"
_APPEAL = ("appeal_to", "appeal_answer", "appeal")
_TIMES = ("start", "end", "ended_at", "appeal_until")
_TEXTS = ("id", "policy", "step", "state", "to", "incident")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """Asks for every restriction of a customer, whatever became of it: a list of what `Standing.read` reads."""

    customer: str

    @property
    def key(self) -> str:
        """Such as `restrictions(C-1)`."""
        return f"restrictions({self.customer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VulnerabilityKnown:
    """Asks for the vulnerabilities that a customer's latest events tell of: a list, empty when none do."""

    customer: str

    @property
    def key(self) -> str:
        """Such as `vulnerability(C-1)`."""
        return f"vulnerability({self.customer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CareAskedFor:
    """Asks until when care comes first for a customer at an instant, because plugins found that in their words before.

    Answered with that instant as RFC 3339 text; with nothing when it does not, or not any more.
    """

    customer: str
    at: datetime

    @property
    def key(self) -> str:
        """Such as `care_first(C-1 at=2026-03-02T09:30:00Z)`."""
        return f"care_first({self.customer} at={say_instant(self.at)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A confirmed incident that a ladder counted: its id, when it was first told of, and how severe it was if told."""

    incident: str
    at: datetime
    severity: int | None = None

    def to_json(self) -> list[Any]:
        """As `read` reads it."""
        return [self.incident, say_instant(self.at), *([] if self.severity is None else [self.severity])]

    @classmethod
    def read(cls, told: Sequence[Any]) -> Counted:
        """Of the id, the instant as RFC 3339 and the severity, which may be left out."""
        return cls(incident=told[0], at=parse_instant(told[1]), severity=told[2] if len(told) > 2 else None)  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One restriction: proposed, declined, imposed (from `start` until `end`) or ended, by a lift at `ended_at`.

    `incident` led to it at `as_of`; of a ladder that counts, `counted` are the confirmed incidents that it looked at.
    `to` is the role that decides on it. It may be contested `appeal_until`, before the role `appeal_to`, which answers
    within `appeal_answer`, a time in words such as `14 days`; `appeal` is the task of the one that was made.
    `looked_at_for` are the vulnerabilities for which somebody was asked to look at it again.
    """

    id: str
    policy: str
    step: str
    state: str
    to: str
    incident: str
    as_of: datetime
    customer: str = ""
    counted: tuple[Counted, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    ended_at: datetime | None = None
    appeal_to: str = ""
    appeal_until: datetime | None = None
    appeal_answer: str = ""
    appeal: str = ""
    looked_at_for: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is still asked about, or imposed and not lifted."""
        return self.state in (PROPOSED, IMPOSED)

    def state_at(self, at: datetime) -> str:
        """How it stands at an instant: one that is imposed is scheduled, in force from its start, ended at its end."""
        if self.state != IMPOSED:
            return self.state
        if self.start and at < self.start:
            return SCHEDULED
        return ENDED if self.end and self.end <= at else IN_FORCE

    def binds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.state_at(at) == IN_FORCE

    def entries(self) -> Iterator[Entry]:
        """Its lines in the customer's history, so that rules can count it: one from its start, one from its end."""
        over = min((at for at in (self.end, self.ended_at) if at), default=None)
        if self.start is None or (over and over <= self.start):
            return
        begun = Entry(
            at=self.start,
            kind=RESTRICTIONS,
            ref=self.id,
            status=IN_FORCE,
            category=self.step,
            policy=self.policy,
        )
        yield begun
        if over:
            yield replace(begun, at=over, status=ENDED)

    def in_force(self) -> dict[str, Any]:
        """As decisions tell it to whoever serves the customer, as plain JSON values."""
        times = {name: say_instant(at) for name, at in (("start", self.start), ("end", self.end)) if at}
        return {"id": self.id, "step": self.step, **times, "kept": list(KEPT)}

    def told(self, now: datetime) -> dict[str, Any]:
        """As whoever decides on it sees it, as plain JSON values."""
        times = {name: say_instant(at) for name in _TIMES if (at := getattr(self, name))}
        return {"restriction": self.id, "step": self.step, "state": self.state_at(now), **times}

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, as `read` reads them."""
        told = {name: getattr(self, name) for name in ("customer", *_TEXTS, *_APPEAL)}
        times = {name: getattr(self, name) for name in _TIMES}
        return {
            **told,
            "as_of": say_instant(self.as_of),
            "counted": [one.to_json() for one in self.counted],
            **{name: say_instant(at) for name, at in times.items() if at},
            **({"looked_at_for": list(self.looked_at_for)} if self.looked_at_for else {}),
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Standing:
        """From JSON values, with instants as RFC 3339."""
        return cls(
            **{name: told[name] for name in _TEXTS},
            customer=told.get("customer", ""),
            **{name: told.get(name, "") for name in _APPEAL},
            as_of=parse_instant(told["as_of"]),
            counted=tuple(map(Counted.read, told["counted"])),
            start=_instant(told.get("start")),
            end=_instant(told.get("end")),
            ended_at=_instant(told.get("ended_at")),
            appeal_until=_instant(told.get("appeal_until")),
            looked_at_for=tuple(told.get("looked_at_for", ())),
        )


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def read_all(answer: Sequence[Mapping[str, Any]] | None) -> list[Standing]:
    """The restrictions in an answer; none where it is not known."""
    return [Standing.read(told) for told in answer or ()]
