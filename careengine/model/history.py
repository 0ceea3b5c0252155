"""What a customer lived through before: entries, and the counts and sums that rules ask of them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, localcontext
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from careengine.model.value import Money, say_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from careengine.model.value import Value

# Which history an event makes: event type -> (kind, field with the id of the thing, its status from then on).
# Entries of one kind and ref are one thing; its latest status is what counts. Event ids are a source's own.
KIND_OF_EVENT: Mapping[str, tuple[str, str, str]] = {
    "interaction.received": ("interactions", "id", ""),
    "case.opened": ("cases", "case.id", "opened"),
    "case.updated": ("updates", "id", ""),
    "case.transferred": ("transfers", "id", ""),
    "case.reopened": ("reopens", "id", ""),
    "case.resolved": ("resolutions", "id", ""),
    "survey.answered": ("surveys", "id", ""),
    "failure.recorded": ("failures", "failure.id", "open"),
    "failure.fixed": ("fixes", "failure.id", ""),
    "incident.reported": ("incidents", "incident.id", "reported"),
    "incident.confirmed": ("incidents", "incident.id", "confirmed"),
    "incident.rejected": ("incidents", "incident.id", "rejected"),
    "offer.accepted": ("offers", "offer.id", "accepted"),
    "offer.declined": ("offers", "offer.id", "declined"),
    "offer.expired": ("offers", "offer.id", "expired"),
    "offer.reversed": ("offers", "offer.id", "reversed"),
    "promise.made": ("promises", "promise.id", "open"),
    "promise.kept": ("promises", "promise.id", "kept"),
    "bot.turn": ("bot_turns", "id", ""),
    "compliment.received": ("compliments", "id", ""),
}

# Each entry of these kinds is one event's; those of the others tell of one thing more than once, under its id.
_OF_EVENTS = frozenset(kind for kind, ref, _ in KIND_OF_EVENT.values() if ref == "id")

# An event that confirms an incident, and the field that it must not lack.
CONFIRMED, EVIDENCE = "incident.confirmed", "incident.evidence"

# Kinds that our own decisions write.
OFFERS, ESCALATIONS, DECISIONS, CONTACTS = "offers", "escalations", "decisions", "contacts"
CASES = "cases"
INCIDENTS, RESTRICTIONS = "incidents", "restrictions"
REPORTED = "reported"

# What plugins found in a customer's words: that care comes first. Only the law on restrictions asks for it.
CARE_FIRST = "care_first"

# Kinds that no entry has: what of other kinds still stands open. Of each, the kinds that say so: what it is made of,
# what ends it, what makes it stand open again; and what of an entry names the thing.
STILL_OPEN: Mapping[str, tuple[str, str, str | None, str]] = {
    "open_failures": ("failures", "fixes", None, "ref"),
    "open_cases": ("cases", "resolutions", "reopens", "case"),
}

# An entry in one of these states never happened as far as an unfiltered count goes.
UNDONE = frozenset({"rejected", "reversed", "declined", "expired"})

# What `same` compares: the field of the present event that an entry must share.
SAME = {"issue": "issue.id", "case": "case.id", "employee": "employee.id", "channel": "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a customer's history. `ref` names the thing it is about; the latest entry of a ref is its state.

    `source` is the CRM that numbers the case: two may have a case of the same number. None: whichever it is.
    """

    at: datetime
    kind: str
    ref: str
    status: str = ""
    direction: str | None = None
    channel: str | None = None
    case: str | None = None
    source: str | None = None
    issue: str | None = None
    employee: str | None = None
    family: str | None = None
    category: str | None = None
    severity: int | None = None
    amount: Money | None = None
    policy: str | None = None


HistoryValue = int | float | Money | None  # what a query comes to: a count, a weight, money; None is unknown

_AT = attrgetter("at")
_THOUSANDTH, _DIGITS = Decimal("0.001"), 30
_NOTHING_LEFT = 12  # half-lives, after which less than half a thousandth is left
_PLAIN = ("direction", "channel", "family", "category", "policy")  # what a query may ask of an entry as it stands
_TOLD = tuple(each.name for each in fields(Entry) if each.default is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """A `count` or `sum` over history.

    `key` is its canonical name, such as `count(interactions direction=inbound same=issue within=7 days)`: two queries
    with one key are one fact.
    """

    function: str  # count | sum
    kind: str
    within: timedelta | None = None
    same: str | None = None
    distinct: str | None = None  # how many different ones of these: case, issue, employee or channel
    half_life: timedelta | None = None  # what is so old counts one half
    distinct_gap: timedelta | None = None
    direction: str | None = None
    channel: str | None = None
    family: str | None = None
    category: str | None = None
    status: str | None = None
    severity_at_least: int | None = None
    policy: str | None = None
    key: str = field(init=False, compare=False, repr=False)
    _wanted: tuple[tuple[str, str], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Worked out once: every event asks for them, several times.
        object.__setattr__(self, "key", self._named())
        wanted = [(name, getattr(self, name)) for name in _PLAIN if getattr(self, name) is not None]
        object.__setattr__(self, "_wanted", tuple(wanted))

    def _named(self) -> str:
        names = (
            "direction",
            "channel",
            "family",
            "category",
            "status",
            "severity_at_least",
            "policy",
            "same",
            "distinct",
        )
        parts = [self.kind, *(f"{n}={getattr(self, n)}" for n in names if getattr(self, n) is not None)]
        lengths = [(name, getattr(self, name)) for name in ("half_life", "distinct_gap", "within")]
        parts += [f"{name}={say_duration(length)}" for name, length in lengths if length is not None]
        return f"{self.function}({' '.join(parts)})"

    def answer(self, entries: Iterable[Entry], fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """Count or sum the entries in `(as_of - within, as_of]` that fit; None (unknown) when it cannot be said.

        Unknown: `same` names something the present event does not have, or a sum meets several currencies.
        A sum of nothing is zero in no currency, and so compares with money of any.
        """
        return self.answer_of(things_of(self.kind, entries, as_of), fields, as_of)

    def answer_of(self, things: Iterable[Entry], fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """The same, asked of the things of its kind that `things_of` gives."""
        if self.same is not None and fields.get(SAME[self.same]) is None:
            return None
        since = None if self.within is None else as_of - self.within
        fitting = [one for one in things if (since is None or one.at > since) and self._fits(one, fields)]
        if self.function == "sum":
            return _sum(fitting)
        if self.half_life is not None:
            return _weight(fitting, self.half_life, as_of)
        if self.distinct is not None:
            return len({getattr(one, self.distinct) for one in fitting} - {None})
        return len(fitting) if self.distinct_gap is None else _contacts(fitting, self.distinct_gap)

    def sees_alike(self, event: Mapping[str, Value], other: Mapping[str, Value], as_of: datetime) -> bool:
        """Whether one event instead of the other surely leaves the answer as it is, whatever happened before."""
        asked = () if self.same is None else (SAME[self.same], "source")
        return all(event.get(path) == other.get(path) for path in asked) and self._own(event, as_of) == self._own(
            other, as_of
        )

    def _own(self, event: Mapping[str, Value], as_of: datetime) -> Sequence[Entry]:
        kinds = STILL_OPEN.get(self.kind, (self.kind,))
        return [entry for entry in entries_of(event, as_of) if entry.kind in kinds]

    def _fits(self, entry: Entry, fields: Mapping[str, Value]) -> bool:
        if self.same is not None and not _is_same(self.same, entry, fields):
            return False
        if self.status is None:
            if entry.status in UNDONE:
                return False
        elif entry.status != self.status:
            return False
        if self.severity_at_least is not None and (entry.severity or 0) < self.severity_at_least:
            return False
        return all(getattr(entry, name) == value for name, value in self._wanted)


def _is_same(what: str, entry: Entry, fields: Mapping[str, Value]) -> bool:
    return getattr(entry, what) == fields[SAME[what]] and (what != "case" or of_one_crm(entry, fields.get("source")))


def of_one_crm(entry: Entry, source: Value | None) -> bool:
    """Whether the case of an entry may be one that this source numbers."""
    return entry.source is None or source is None or entry.source == source


def things_of(kind: str, entries: Iterable[Entry], as_of: datetime) -> list[Entry]:
    """What the entries of a kind up to and at `as_of` are about, each thing once, in its latest state."""
    if kind in STILL_OPEN:
        return _still_open(kind, [entry for entry in entries if entry.at <= as_of], as_of)
    things: dict[tuple[str, str | None], Entry] = {}
    for entry in sorted((e for e in entries if e.kind == kind and e.at <= as_of), key=_AT):
        thing = entry.ref, entry.source if kind == CASES else None
        before = things.get(thing)
        things[thing] = entry if before is None else _laid_over(before, entry)
    return list(things.values())


def _still_open(kind: str, entries: Sequence[Entry], as_of: datetime) -> list[Entry]:
    """The things of which the latest that is told is not that they ended. At one instant, the end comes last."""
    made_of, ended_by, opened_by, name = STILL_OPEN[kind]
    told = sorted((e for e in entries if e.kind in (ended_by, opened_by)), key=lambda e: (e.at, e.kind == ended_by))
    of: dict[str, list[Entry]] = {}
    for entry in reversed(told):
        of.setdefault(str(getattr(entry, name)), []).append(entry)

    def is_over(thing: Entry) -> bool:
        said = of.get(str(getattr(thing, name) or thing.ref), ())
        last = next((one for one in said if made_of != CASES or of_one_crm(one, thing.source)), None)
        return last is not None and last.kind == ended_by and last.at >= thing.at

    return [one for one in things_of(made_of, entries, as_of) if not is_over(one)]


def _laid_over(before: Entry, entry: Entry) -> Entry:
    """A thing that happened when it was first told of, in its latest state, with all that any entry told.

    A confirmation seldom repeats the category. Of entries at one instant the one that was kept later is the later. To
    report an incident again takes nothing back of what a reviewer found.
    """
    if entry.kind == INCIDENTS and entry.status == REPORTED and before.status:
        entry = replace(entry, status=before.status)
    untold = {name: getattr(before, name) for name in _TOLD if getattr(entry, name) is None}
    return replace(entry, at=before.at, **untold)


def _sum(entries: Sequence[Entry]) -> Money | None:
    amounts = [entry.amount for entry in entries if entry.amount is not None]
    currencies = {amount.currency for amount in amounts}
    if len(currencies) > 1:
        return None
    return Money(sum((a.amount for a in amounts), Decimal(0)), currencies.pop() if currencies else "")


def _weight(entries: Sequence[Entry], half_life: timedelta, as_of: datetime) -> int | float:
    """What entries come to when each counts `2 ** -(age / half_life)`, rounded to a thousandth.

    Each is rounded for itself, in decimal: the sum is the same in every order and on every machine.
    """
    with localcontext(prec=_DIGITS):
        weight = sum((_worth((as_of - entry.at) / half_life) for entry in entries), Decimal(0))
    return int(weight) if weight == int(weight) else float(weight)


def _worth(half_lives: float) -> Decimal:
    return (Decimal(2) ** -Decimal(half_lives)).quantize(_THOUSANDTH) if half_lives < _NOTHING_LEFT else Decimal(0)


def _contacts(entries: Sequence[Entry], gap: timedelta) -> int:
    """Count contacts: an entry less than `gap` after the last counted one belongs to that one."""
    counted = 0
    last: datetime | None = None
    for at in sorted(entry.at for entry in entries):
        if last is None or at - last >= gap:
            counted, last = counted + 1, at
    return counted


def why_unconfirmed(fields: Mapping[str, Value], *, evidence: bool) -> str:
    """Why an event does not confirm an incident although it says so; empty when it does, or says nothing like it.

    `evidence`: whether it has any.
    """
    if fields["type"] != CONFIRMED:
        return ""
    reviewer = fields.get("incident.reviewer")
    if reviewer is None:
        return "it is not said who reviewed the incident"
    if same_employee(reviewer, fields.get("incident.reporter")):
        return "whoever reviewed the incident had reported it"
    if same_employee(reviewer, fields.get("incident.target")):
        return "whoever reviewed the incident was its target"
    return "" if evidence else "there is no evidence of the incident"


def same_employee(one: Value | None, other: Value | None) -> bool:
    """Whether two names are one employee's: in small letters or capitals, with or without what is before the colon."""
    return not _names(one).isdisjoint(_names(other))


def _names(told: Value | None) -> set[str]:
    name = told.strip().casefold() if isinstance(told, str) else ""
    return {name, name.partition(":")[2]} - {""}


def entries_of(fields: Mapping[str, Value], at: datetime) -> list[Entry]:
    """The history that one event makes, from its flat fields. What nobody else reviewed is no more than reported."""
    event = str(fields["type"])
    if event not in KIND_OF_EVENT:
        return []
    kind, ref, status = KIND_OF_EVENT[event]
    if why_unconfirmed(fields, evidence=bool(fields.get(EVIDENCE))):
        status = REPORTED
    category = {"failures": "failure.type", "fixes": "failure.type", "incidents": "incident.category"}
    severity = "incident.severity" if kind == "incidents" else "failure.severity"
    amount = fields.get({"offers": "offer.amount", "failures": "failure.cost"}.get(kind, ""))
    return [
        Entry(
            at=at,
            kind=kind,
            ref=str(fields[ref]) if ref != "id" and ref in fields else f"{fields['source']}/{fields['id']}",
            status=status,
            direction=_text(fields, "direction"),
            channel=_text(fields, "channel"),
            case=_text(fields, "case.id"),
            source=_text(fields, "source"),
            issue=_text(fields, "issue.id"),
            employee=_text(fields, "incident.target" if kind == "incidents" else "employee.id"),
            family=_text(fields, "offer.family"),
            category=_text(fields, category.get(kind, "issue.category")),
            severity=_whole(fields.get(severity)),
            amount=amount if isinstance(amount, Money) else None,
        )
    ]


def told_by(source: str, entry: Entry) -> Entry:
    """An entry of a CRM's own history, under the `ref` that `entries_of` gives to the event it tells of."""
    return replace(entry, source=source, ref=f"{source}/{entry.ref}" if entry.kind in _OF_EVENTS else entry.ref)


def _text(fields: Mapping[str, Value], path: str) -> str | None:
    value = fields.get(path)
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
