"""The facts of one decision: flat fields, the instant, and what is answered on demand and remembered.

Two kinds of fact are answered on demand: counts and sums over history, because they cost a look-up, and tests of
words that people wrote, because the words themselves are not kept. The answers that a decision used are part of
its snapshot, so that the same decision can be made again without the history and without the words.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from careengine.model.catalogue import typed
from careengine.model.history import entries_of, things_of
from careengine.model.value import Money, parse_instant, say_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from weakref import ReferenceType

    from careengine.model.catalogue import Catalogue
    from careengine.model.decision import Decision
    from careengine.model.history import Entry, HistoryQuery
    from careengine.model.value import Value

HistoryValue = int | Money | None

_PLAIN = frozenset({str, int, float, bool})


class History(Protocol):
    """Answers counts and sums; `used` holds every answer given, by the query's key."""

    used: dict[str, HistoryValue]

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """The answer, or None when it is unknown."""
        ...

    def supposing(self, answers: Mapping[str, HistoryValue]) -> History:
        """The same history, not asked yet, as if these were its answers."""
        ...


@dataclass(slots=True)
class EntryHistory:
    """History counted from a customer's entries, each distinct query once."""

    entries: Sequence[Entry] = ()
    used: dict[str, HistoryValue] = field(default_factory=dict)
    _things: dict[tuple[str, datetime], Sequence[Entry]] = field(default_factory=dict)

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """Count or sum; see `HistoryQuery.answer`."""
        key = query.key
        if key not in self.used:
            self.used[key] = query.answer_of(self._of(query.kind, as_of), fields, as_of)
        return self.used[key]

    def _of(self, kind: str, as_of: datetime) -> Sequence[Entry]:
        if (kind, as_of) not in self._things:
            self._things[kind, as_of] = things_of(kind, self.entries, as_of)
        return self._things[kind, as_of]

    def supposing(self, answers: Mapping[str, HistoryValue]) -> EntryHistory:
        """See `History.supposing`."""
        return EntryHistory(self.entries, dict(answers))


@dataclass(slots=True)
class RecordedHistory:
    """The answers that an earlier decision used; what it did not use is unknown."""

    used: dict[str, HistoryValue]

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:  # noqa: ARG002
        """The recorded answer."""
        return self.used.get(query.key)

    def supposing(self, answers: Mapping[str, HistoryValue]) -> RecordedHistory:
        """See `History.supposing`."""
        return RecordedHistory({**self.used, **answers})


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

    `decisions` are those made of these facts, in case they still have something to ask.
    """

    fields: Mapping[str, Value]
    as_of: datetime
    history: History
    words: Words = field(default_factory=Words)
    decisions: list[ReferenceType[Decision]] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, fields: Mapping[str, Value], as_of: datetime, past: Sequence[Entry]) -> Facts:
        """The facts of an event with what its customer lived through before; the event itself joins the history.

        Without a customer it is not known whose history counts, and so every count is unknown.
        """
        known = isinstance(fields.get("customer.id"), str)
        history = EntryHistory([*past, *entries_of(fields, as_of)]) if known else RecordedHistory({})
        return cls(fields=fields, as_of=as_of, history=history)

    @property
    def event(self) -> str:
        """The event's type, such as `interaction.received`."""
        return str(self.fields["type"])

    @property
    def interaction(self) -> str:
        """The event's id."""
        return str(self.fields["id"])

    def supposing(self, fields: Mapping[str, Value | None], answers: Mapping[str, HistoryValue]) -> Facts:
        """The same facts as if these fields had these values (None: missing) and history gave these answers."""
        changed = {path: value for path, value in {**self.fields, **fields}.items() if value is not None}
        words = {key: answer for key, answer in self.words.used.items() if key.partition(" ")[0] not in fields}
        return replace(self, fields=changed, history=self.history.supposing(answers), words=Words(words))

    def snapshot(self, drop: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The facts as JSON values, without the fields in `drop`: enough to make the same decision again.

        A decision asks for more answers when its reasons are read. So those made of these facts are read to the end
        first; one that nobody holds any more will not be read.
        """
        for reference in self.decisions:
            if decision := reference():
                decision.to_json()
        return {
            "as_of": say_instant(self.as_of),
            "fields": {path: _json(value) for path, value in self.fields.items() if path not in drop},
            "history": {key: _json(value) for key, value in self.history.used.items()},
            "words": dict(self.words.used),
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
        )


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
    return raw  # type: ignore[no-any-return]  # a count or null
