"""The facts of one decision: flat fields, the instant, and what is answered on demand and remembered.

Two kinds of fact are answered on demand: counts and sums over history, because they cost a look-up, and tests of
words that people wrote, because the words themselves are not kept. The answers that a decision used are part of
its snapshot, so that the same decision can be made again without the history and without the words.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.catalogue import typed
from careengine.model.history import HistoryValue, entries_of, things_of
from careengine.model.state import RecordedState
from careengine.model.value import Money, parse_instant, say_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from weakref import ReferenceType

    from careengine.model.catalogue import Catalogue
    from careengine.model.decision import Decision
    from careengine.model.history import Entry, HistoryQuery
    from careengine.model.state import State
    from careengine.model.value import Value

_PLAIN = frozenset({str, int, float, bool})


class History(Protocol):
    """Answers counts and sums; `used` holds every answer given, by the query's key."""

    used: dict[str, HistoryValue]

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """The answer, or None when it is unknown."""
        ...

    def supposing(self, event: Supposed, answers: Mapping[str, HistoryValue]) -> History:
        """The same history, not asked yet, as if the event were another and these were its answers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """An event as it was and as it is supposed to be, by its fields."""

    before: Mapping[str, Value]
    fields: Mapping[str, Value]
    as_of: datetime


@dataclass(slots=True)
class EntryHistory:
    """History counted from a person's entries, each distinct query once. `own` are those that the event makes."""

    entries: Sequence[Entry] = ()
    used: dict[str, HistoryValue] = field(default_factory=dict)
    own: Sequence[Entry] = ()
    _things: dict[tuple[str, datetime], Sequence[Entry]] = field(default_factory=dict)

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """Count or sum; see `HistoryQuery.answer`."""
        key = query.key
        if key not in self.used:
            self.used[key] = query.answer_of(self._of(query.kind, as_of), fields, as_of)
        return self.used[key]

    def _of(self, kind: str, as_of: datetime) -> Sequence[Entry]:
        asked = (kind, as_of)
        if asked not in self._things:
            self._things[asked] = things_of(kind, chain(self.entries, self.own), as_of)
        return self._things[asked]

    def supposing(self, event: Supposed, answers: Mapping[str, HistoryValue]) -> EntryHistory:
        """See `History.supposing`. What the event itself adds is made anew of what it is supposed to be."""
        own = entries_of(event.fields, event.as_of) if self.own else ()
        return EntryHistory(self.entries, dict(answers), own)


@dataclass(slots=True)
class RecordedHistory:
    """The answers that an earlier decision used; what it did not use is unknown.

    Of another event than `supposed` says the decision was made of, an answer stands only if it cannot be another.
    """

    used: dict[str, HistoryValue]
    supposed: Supposed | None = None
    answers: Mapping[str, HistoryValue] = field(default_factory=dict)

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:  # noqa: ARG002
        """The recorded answer."""
        key = query.key
        if key in self.answers:
            return self.answers[key]
        event = self.supposed
        stands = event is None or query.sees_alike(event.before, event.fields, event.as_of)
        return self.used.get(key) if stands else None

    def supposing(self, event: Supposed, answers: Mapping[str, HistoryValue]) -> RecordedHistory:
        """See `History.supposing`."""
        return RecordedHistory(self.used, event, answers)


@dataclass(slots=True)
class Words:
    """Remembers what tests of people's words found; on replay the answers stand in for words that are gone."""

    used: dict[str, bool | None] = field(default_factory=dict)

    def ask(self, key: str, test: Callable[[], bool | None]) -> bool | None:
        """The remembered answer for this test, or the test's own."""
        if key not in self.used:
            self.used[key] = test()
        return self.used[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision may look at. All policies see the same facts.

    `tenant` is whose event it is, `` where that is nobody's: it sets the keys of one tenant's actions apart from
    another's. `state` tells how limits, clocks and the like stand. `person` is the id that the customer goes by where
    several ids are one person, else ``. `letters` has, by the id of the action, what the customer was written when this
    was decided first: locale data of another version changes nothing of it. `decisions` are those made of these facts,
    in case they still have something to ask.
    """

    fields: Mapping[str, Value]
    as_of: datetime
    history: History
    words: Words = field(default_factory=Words)
    tenant: str = ""
    state: State = field(default_factory=RecordedState)
    person: str = ""
    letters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    decisions: list[ReferenceType[Decision]] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        fields: Mapping[str, Value],
        as_of: datetime,
        past: Sequence[Entry],
        tenant: str = "",
        state: State | None = None,
        *,
        person: str = "",
    ) -> Facts:
        """The facts of an event with what its customer lived through before; the event itself joins the history.

        Without a customer it is not known whose history counts, and so every count is unknown.
        """
        own = entries_of(fields, as_of)
        history = EntryHistory(past, own=own) if _is_known(fields) else RecordedHistory({})
        state = state or RecordedState()
        return cls(fields=fields, as_of=as_of, history=history, tenant=tenant, state=state, person=person)

    @property
    def event(self) -> str:
        """The event's type, such as `interaction.received`."""
        return str(self.fields["type"])

    @property
    def whose(self) -> str | None:
        """Whose room it takes up: the person's, by the id that they go by; None where the customer is not known."""
        customer = self.fields.get("customer.id")
        return self.person or (customer if isinstance(customer, str) else None)

    @property
    def interaction(self) -> str:
        """The event's id."""
        return str(self.fields["id"])

    def supposing(self, fields: Mapping[str, Value | None], answers: Mapping[str, HistoryValue]) -> Facts:
        """The same facts as if these fields had these values (None: missing) and history gave these answers."""
        changed = {path: value for path, value in {**self.fields, **fields}.items() if value is not None}
        words = {key: answer for key, answer in self.words.used.items() if key.partition(" ")[0] not in fields}
        event = Supposed(before=self.fields, fields=changed, as_of=self.as_of)
        lost = _is_known(self.fields) and not _is_known(changed)
        history = RecordedHistory(dict(answers)) if lost else self.history.supposing(event, answers)
        return replace(self, fields=changed, history=history, words=Words(words))

    def snapshot(self, drop: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The facts as JSON values, without the fields in `drop`: enough to make the same decision again.

        A decision asks for more answers when its reasons are read. So those made of these facts are read to the end
        first; one that nobody holds any more will not be read.

        Raises PayloadError naming the pointer of a value that no field can have, such as a list that is no tuple or an
        instant without an offset: to rules it is unknown, and kept in another form it might not be.
        """
        for reference in self.decisions:
            if decision := reference():
                decision.complete()
        return {
            **({"tenant": self.tenant} if self.tenant else {}),
            "as_of": say_instant(self.as_of),
            "fields": {
                path: value if type(value) in _PLAIN else _kept(path, value)
                for path, value in self.fields.items()
                if path not in drop and value is not None
            },
            "history": {key: _json(value) for key, value in self.history.used.items()},
            "words": dict(self.words.used),
            **({"state": dict(self.state.used)} if self.state.used else {}),
            **({"person": self.person} if self.person else {}),
        }

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any], catalogue: Catalogue) -> Facts:
        """The facts that a snapshot was taken of, as far as it kept them."""
        fields = {path: typed(catalogue.get(path), raw) for path, raw in snapshot["fields"].items()}
        history = {key: _history_value(raw) for key, raw in snapshot["history"].items()}
        return cls(
            fields=fields,
            as_of=parse_instant(snapshot["as_of"]),
            history=RecordedHistory(history),
            words=Words(dict(snapshot["words"])),
            tenant=snapshot.get("tenant", ""),
            state=RecordedState(dict(snapshot.get("state", {}))),
            person=snapshot.get("person", ""),
        )


def _is_known(fields: Mapping[str, Value]) -> bool:
    """Whether it is known whose history counts."""
    return isinstance(fields.get("customer.id"), str)


def _kept(path: str, value: Any) -> Any:
    told = isinstance(value, (Money, tuple, str, int, float)) or (isinstance(value, datetime) and value.tzinfo)
    if not told:
        message = f"the value of `{path}` is none that a field can have, so it cannot be kept"
        raise PayloadError([PayloadProblem(pointer="/" + path.replace(".", "/"), message=message)])
    return _json(value)


def _json(value: Value | None) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Money):
        return str(value) if value.currency else str(value.amount)
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return say_instant(value)


def _history_value(raw: Any) -> HistoryValue:
    if isinstance(raw, str):
        return Money.parse(raw) if " " in raw else Money(Decimal(raw), "")  # a sum of nothing has no currency
    return raw  # type: ignore[no-any-return]  # a count, a weight or null
