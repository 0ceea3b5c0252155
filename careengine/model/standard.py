"""A standard: a clock that runs for a case, an issue, a promise or a failure, and what is done while it runs out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from careengine.model.condition import Condition

SUBJECTS = ("case", "issue", "promise", "failure")
RUNNING, PAUSED, MET, MISSED = "running", "paused", "met", "missed"
OPEN = (RUNNING, PAUSED)
TIMER = "standard"  # the `clock.kind` of its timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A moment of a clock and what is done then: a role is told, the case is escalated to one, or both.

    It comes when `percent` of the time has passed, or `shift` before (less than nothing) or after its end; neither:
    just then. `name` is how rule files write it.
    """

    name: str
    percent: int | None = None
    shift: timedelta
    tell: str | None = None
    escalate_to: str | None = None
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """How long something may take, by whose hours, what ends it and what makes it stand still.

    It ends `within` a length from its start, or at the instant that the field `until` has at its start. `milestones`
    are in their order.
    """

    subject: str
    within: timedelta | None
    until: str | None
    calendar: str | None
    stop_events: frozenset[str]
    stop_when: Condition | None
    pause_when: Condition | None
    milestones: tuple[Milestone, ...]
    blocks_closing: bool

    def roles(self) -> Iterator[tuple[str, str]]:
        """The roles that it names, each after the JSON pointer of its place."""
        for number, milestone in enumerate(self.milestones):
            if milestone.tell:
                yield f"/milestones/{number}/tell", milestone.tell
            if milestone.escalate_to:
                yield f"/milestones/{number}/escalate_to", milestone.escalate_to


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOf:
    """Asks how the clock of a policy stands for a subject; the answer is `{"state": …}`, `none` where there is none.

    An open one has its `started_at`, an ended one its `ended_at`: the last instant at which it was told to be over.
    `source` is the CRM that the subject is of: two of them may have a case of the same number.
    """

    policy: str
    source: str
    subject: str

    @property
    def key(self) -> str:
        """See `careengine.model.state.Question`."""
        return f"clock({self.policy} {self.source} {self.subject})"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClocks:
    """Asks which clocks of a case of a CRM have not ended.

    The answer lists `{"policy": …, "subject": …, "due_at": …}`.
    """

    source: str
    case: str

    @property
    def key(self) -> str:
        """See `careengine.model.state.Question`."""
        return f"open_clocks({self.source} {self.case})"


def subject_of(standard: Standard, fields: Mapping[str, Any]) -> str | None:
    """What an event is about, as the clock names it: `case:T-1`; None where it has none."""
    found = fields.get(f"{standard.subject}.id")
    return f"{standard.subject}:{found}" if isinstance(found, str) and found else None


def end_of(standard: Standard, fields: Mapping[str, Any]) -> datetime | None:
    """The instant that an event gives as the end of a clock that begins with it."""
    found: Any = fields.get(standard.until) if standard.until else None
    return found if hasattr(found, "tzinfo") else None
