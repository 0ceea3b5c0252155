"""The facts of one decision: flat fields, the instant, and history answered on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from careengine.model.history import Entry, HistoryQuery
    from careengine.model.value import Money, Value

    HistoryValue = int | Money | None


class History(Protocol):
    """Answers counts and sums; `used` holds every answer given, by the query's key."""

    used: dict[str, HistoryValue]

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """The answer, or None when it is unknown."""
        ...


@dataclass(slots=True)
class EntryHistory:
    """History counted from a customer's entries, each distinct query once."""

    entries: Sequence[Entry] = ()
    used: dict[str, HistoryValue] = field(default_factory=dict)

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:
        """Count or sum; see `HistoryQuery.answer`."""
        key = query.key
        if key not in self.used:
            self.used[key] = query.answer(self.entries, fields, as_of)
        return self.used[key]


@dataclass(slots=True)
class RecordedHistory:
    """The answers that an earlier decision used; what it did not use is unknown."""

    used: dict[str, HistoryValue]

    def ask(self, query: HistoryQuery, fields: Mapping[str, Value], as_of: datetime) -> HistoryValue:  # noqa: ARG002
        """The recorded answer."""
        return self.used.get(query.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision may look at. All policies see the same facts."""

    fields: Mapping[str, Value]
    as_of: datetime
    history: History

    @property
    def event(self) -> str:
        """The event's type, such as `interaction.received`."""
        return str(self.fields["type"])

    @property
    def interaction(self) -> str:
        """The event's id."""
        return str(self.fields["id"])
