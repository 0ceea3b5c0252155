"""How things stand in a rule test: answered from the history that the case gives, not from tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.model.contact_state import ContactsMade
from careengine.model.history import CONTACTS
from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.history import Entry
    from careengine.model.state import Question


def _contacts_made(entries: Sequence[Entry], question: ContactsMade) -> list[str]:
    made = [one for one in entries if one.kind == CONTACTS and one.category in question.purposes]
    return [say_instant(one.at) for one in sorted(made, key=lambda one: one.at) if one.at > question.since]


# Who answers each type of question from the history of a case; what is not here is unknown in a rule test.
ANSWERS: Mapping[type, Callable[[Sequence[Entry], Any], Any]] = {ContactsMade: _contacts_made}


@dataclass(slots=True)
class CaseState:
    """Answers each question once. See `careengine.model.state.State`."""

    entries: Sequence[Entry]
    used: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: Question) -> Any:
        """The answer, or None when a rule test does not say."""
        answer = ANSWERS.get(type(question))
        if answer is not None and question.key not in self.used:
            self.used[question.key] = answer(self.entries, question)
        return self.used.get(question.key)
