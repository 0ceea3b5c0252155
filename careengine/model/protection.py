"""What protects employees: support at once, and due process for whatever is asked about the customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.condition import Condition
    from careengine.model.message import Message

# The steps that can be taken, from the mildest on.
STEPS = ("written_warning", "restricted_channel", "suspension")

# What no restriction ever touches; every proposal and every notice says so.
KEPT = ("entitlements", "emergency_contact", "complaint_route", "adjustments")

# Conduct that leads to no step: what it is called in a rule file, and the field that says whether it was so.
EXCLUSIONS = {
    "distress": "incident.in_distress",
    "complaint": "incident.complaint_itself",
    "disability": "incident.disability_related",
}

# What a notice says, whatever its words: without one of these it does not go out.
NOTICE_PARTS = ("behaviour", "evidence", "restriction", "start", "expiry", "appeal", "kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A role that is told at once."""

    to: str
    within: timedelta | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A person of a role is asked to look at the conduct."""

    review_by: str
    within: timedelta | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A restriction that a person of a role decides on. The machine only proposes it.

    It begins `starts_after` a person imposed it (at once without), and ends `expires` after that person did.
    """

    step: str
    decided_by: str
    expires: timedelta
    review_every: timedelta | None = None
    starts_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """How a decision is contested: for how long, where to write to, by whom it is heard, and by when they answer."""

    within: timedelta
    decided_by: str
    address: str
    answer_within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a ladder, at the JSON pointer `pointer`.

    It is reached by `incidents` confirmed ones of `severity_at_least` (None: of any) `within` a time, or, without them,
    by a credible threat. `when` is the same as a condition. Without `restrict` it only supports.
    """

    pointer: str
    when: Condition
    incidents: int = 0
    within: timedelta | None = None
    severity_at_least: int | None = None
    support: tuple[str, ...] = ()
    restrict: Restriction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Support for the employee at once; flags and restrictions for people to decide.

    `away_for` is how long the employee is kept from serving the customer, where that has an end. `ladder` rises from
    step to step, and the highest that is reached counts. `exclusions` name what leads to no step; `notice` is
    what the customer is told.
    """

    support: tuple[str, ...] = ()
    away_for: timedelta | None = None
    alert: Alert | None = None
    flag: Flag | None = None
    restrict: Restriction | None = None
    ladder: tuple[Rung, ...] = ()
    exclusions: tuple[str, ...] = ()
    appeal: Appeal | None = None
    notice: Message | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """The roles that it names, each after the JSON pointer of its place."""
        if self.alert:
            yield "/alert/to", self.alert.to
        if self.flag:
            yield "/flag/review_by", self.flag.review_by
        if self.restrict:
            yield "/restrict/decided_by", self.restrict.decided_by
        for rung in self.ladder:
            if rung.restrict:
                yield f"{rung.pointer}/decided_by", rung.restrict.decided_by
        if self.appeal:
            yield "/appeal/decided_by", self.appeal.decided_by
