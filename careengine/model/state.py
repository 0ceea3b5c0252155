"""What a decision asks about how things stand beside the event and its history: limits, budgets, clocks, restrictions.

Like history it is answered on demand, and the answers that a decision used are part of its snapshot, so that the same
decision can be made again without what answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


class Question(Protocol):
    """A frozen record of one question. Two with one key are the same question."""

    @property
    def key(self) -> str:
        """Its canonical name, such as `used(goodwill-once-60d person:C-1 since=2026-01-01T00:00:00Z)`."""
        ...


class State(Protocol):
    """Answers questions, each once; `used` holds every answer given, as JSON values, by the question's key."""

    used: dict[str, Any]

    def ask(self, question: Question) -> Any:
        """The answer as JSON values, or None when it is unknown."""
        ...


@dataclass(slots=True)
class RecordedState:
    """The answers that an earlier decision used, or that a test gives; all else is unknown."""

    used: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: Question) -> Any:
        """The recorded answer."""
        return self.used.get(question.key)
