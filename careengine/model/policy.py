"""Policies as the engine holds them, and a set of them with its hash and its matching plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from careengine.model.anti_deflection import AntiDeflection
from careengine.model.arbitration import Arbitration
from careengine.model.authority import Authority
from careengine.model.contact import Outreach
from careengine.model.contact_cap import ContactCap
from careengine.model.hours import WorkingHours
from careengine.model.limit import Limit
from careengine.model.protection import Protection
from careengine.model.recognition import Recognition
from careengine.model.standard import Standard
from careengine.model.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from careengine.model.condition import Condition
    from careengine.model.facts import Facts
    from careengine.model.hours import Hours
    from careengine.model.message import Message
    from careengine.model.table import Table
    from careengine.model.value import Money

# Policies of these kinds look at events and ask for something; where they are told together, they stand in this order.
RECOVERY, ESCALATION, PROTECTION = "recovery", "escalation", "protection"
ENTITLEMENT, STANDARD, OUTREACH, RECOGNITION = "entitlement", "standard", "outreach", "recognition"
PROPOSING = (PROTECTION, ESCALATION, STANDARD, ENTITLEMENT, RECOVERY, OUTREACH, RECOGNITION)
# Those of these kinds restrain what others ask for, on whatever event.
ARBITRATION, LIMIT, BUDGET, AUTHORITY = "arbitration", "limit", "budget", "authority"
CONTACT_CAP, ANTI_DEFLECTION = "contact_cap", "anti_deflection"
RESTRAINING = (ARBITRATION, CONTACT_CAP, LIMIT, BUDGET, AUTHORITY, ANTI_DEFLECTION)
# Those of these kinds decide on no event: one watches the rules themselves, one is what others name.
REVIEW, CALENDAR = "review", "calendar"
KINDS = (*PROPOSING, *RESTRAINING, REVIEW, CALENDAR)
LIVE, SHADOW = "live", "shadow"
# The steps of a recovery with which a message may go to the customer.
SPEAKING = frozenset({"apologise", "explain", "follow_up", "offer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountBy:
    """An amount that a field decides: the money for each of its values, written as text."""

    field: str
    amounts: Mapping[str, Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a recovery policy offers. `family` is entitlement, goodwill or gesture."""

    family: str
    amount: Money | AmountBy
    expires: timedelta | None = None
    approver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Steps to put a failure right, in order; `lead` owns the recovery from here on, `message` is for the customer."""

    steps: tuple[str, ...]
    offer: Offer | None = None
    lead: str | None = None
    message: Message | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """The roles that it names, each after the JSON pointer of its place."""
        if self.lead:
            yield "/lead", self.lead
        if self.offer and self.offer.approver:
            yield "/offer/approver", self.offer.approver


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Who takes over and how fast, by the hours of the calendar. `level` counts from 1, the highest wins.

    `lock_owner` is the role that may lift the lock on whoever takes over; empty: they are not locked.
    """

    to: str
    level: int
    priority: str | None = None
    respond_within: timedelta | None = None
    next_update: timedelta | None = None
    hand_over: str | None = None
    calendar: str | None = None
    lock_owner: str = ""

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`."""
        yield "/escalate/to", self.to
        if self.lock_owner:
            yield "/escalate/lock_owner/lifted_by", self.lock_owner


# What a policy does when it matches.
Outcome = (
    Recovery
    | Escalation
    | Protection
    | Standard
    | WorkingHours
    | Outreach
    | ContactCap
    | Limit
    | AntiDeflection
    | Arbitration
    | Authority
    | Recognition
    | Watch
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OncePer:
    """Act at most once for the same customer, case or issue within this time."""

    same: str
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy, checked and typed. `document` is the file's content as JSON, from which all else was built.

    The outcome of a policy with a table is the table; its rows are policies too (`table.members`), each with its
    number from 1 as `row` and the table in `row_of`. All of them have the id of the table. `memo` holds what was made
    of the policy alone, by who made it, so that it need not be made for every event. Of a kind that looks at no events
    `events` is empty, and without conditions of its own `when` is always true.
    """

    id: str
    kind: str
    title: str
    owner: str
    status: str
    priority: int
    rationale: str
    events: frozenset[str]
    when: Condition
    unless: Condition | None
    outcome: Outcome | Table
    effective_from: datetime | None = None
    effective_until: datetime | None = None
    once_per: OncePer | None = None
    path: str = ""
    document: Mapping[str, Any]
    row: int = 0
    row_of: Table | None = None
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """What people call it: the id, of a row with its number."""
        return f"{self.id}, row {self.row}" if self.row else self.id

    def in_effect(self, as_of: datetime) -> bool:
        """Whether the policy applies at an instant: from the first, until just before the second."""
        after = self.effective_from is None or as_of >= self.effective_from
        return after and (self.effective_until is None or as_of < self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one policy's conditions: `result` True (matched), False or None (unknown).

    `open` holds the top-level conditions that are not true: of a near miss the one that is false, of an unknown
    policy those that are unknown. `fault` says why the policy could not be evaluated. `due`:
    not its conditions but something else has it act, and this says what: a time that it set has come.
    """

    policy: Policy
    result: bool | None
    open: tuple[Condition, ...] = ()
    fault: str = ""
    due: str = ""


class Plan(Protocol):
    """A rule set compiled for matching. `policy.compile` builds it; `decide` asks it."""

    def match(self, facts: Facts) -> Sequence[Verdict]:
        """What matches these facts, and what failed while it was asked, by policy id."""
        ...

    def others(self, facts: Facts, found: Sequence[Verdict], near: int) -> tuple[Sequence[Verdict], Sequence[Verdict]]:
        """Beside what was found: what could not be judged, by policy id, and so many near misses, the nearest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """All policies that take part in decisions. `hash` names exactly this set; `plan` is its compiled form.

    `calendars` are the hours that others may name, by id.
    """

    policies: tuple[Policy, ...]
    hash: str
    plan: Plan
    calendars: Mapping[str, Hours] = field(init=False, repr=False, compare=False)
    in_shadow: frozenset[str] = field(init=False, repr=False, compare=False)  # ids of those that only show
    _by_id: Mapping[str, Policy] = field(init=False, repr=False, compare=False)
    _at_work: Mapping[str, Sequence[Policy]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hours = {one.id: one.outcome.hours for one in self.policies if isinstance(one.outcome, WorkingHours)}
        object.__setattr__(self, "calendars", hours)
        shadow = frozenset(policy.id for policy in self.policies if policy.status == SHADOW)
        object.__setattr__(self, "in_shadow", shadow)
        object.__setattr__(self, "_by_id", {policy.id: policy for policy in reversed(self.policies)})
        by_kind: dict[str, list[Policy]] = {}
        for policy in self.policies:
            if policy.status in (LIVE, SHADOW):
                by_kind.setdefault(policy.kind, []).append(policy)
        object.__setattr__(self, "_at_work", by_kind)

    def of_kind(self, kind: str) -> Sequence[Policy]:
        """The policies of a kind that are live or in shadow, by id."""
        return self._at_work.get(kind, ())

    def get(self, policy_id: str) -> Policy | None:
        """The policy of that id, if the set has it."""
        return self._by_id.get(policy_id)

    def documents(self) -> Iterable[Mapping[str, Any]]:
        """The rule files' contents as JSON, in the order of ids: enough to build the same set again."""
        return [policy.document for policy in self.policies]
