"""How things stand in a rule test: answered from the history and what else the case gives, not from tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from careengine.model.contact_state import ContactsMade
from careengine.model.history import CONTACTS
from careengine.model.ownership import LockOf
from careengine.model.restrictions import IMPOSED, Restrictions
from careengine.model.standard import RUNNING, ClockOf, OpenClocks
from careengine.model.usage import Usage, Used
from careengine.model.value import Money, say_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.history import Entry
    from careengine.model.state import Question


def _contacts_made(given: CaseState, question: ContactsMade) -> list[str]:
    made = [one for one in given.entries if one.kind == CONTACTS and one.category in question.purposes]
    return [say_instant(one.at) for one in sorted(made, key=lambda one: one.at) if one.at > question.since]


def _used(given: CaseState, question: Used) -> dict[str, Any]:
    told = given.told.get("used", {}).get(question.policy, {})
    amount = {"amount": Money.parse(told["amount"]).amount} if "amount" in told else {}
    return Usage(count=told.get("count", 0), noticed=told.get("noticed", False), **amount).to_json()


def _clock(given: CaseState, question: ClockOf) -> dict[str, Any] | None:
    runs = {"policy": question.policy, "subject": question.subject} in given.told.get("clocks", ())
    return {"state": RUNNING} if runs else None


def _open_clocks(given: CaseState, _: OpenClocks) -> list[dict[str, Any]]:
    return [{**one, "due_at": None} for one in given.told.get("clocks", ())]


def _lock(given: CaseState, _: LockOf) -> dict[str, Any] | None:
    told = given.told.get("locked")
    return {**told, "since": say_instant(datetime.min.replace(tzinfo=UTC))} if told else None


def _restrictions(given: CaseState, _: Restrictions) -> list[dict[str, Any]]:
    if not given.told.get("restricted"):
        return []
    told = dict.fromkeys(("id", "policy", "step", "to", "incident"), "given")
    return [{**told, "state": IMPOSED, "as_of": say_instant(datetime.min.replace(tzinfo=UTC)), "counted": []}]


# Who answers each type of question from what a case gives; what is not here is unknown in a rule test.
ANSWERS: Mapping[type, Callable[[CaseState, Any], Any]] = {
    ContactsMade: _contacts_made,
    Used: _used,
    Restrictions: _restrictions,
    ClockOf: _clock,
    OpenClocks: _open_clocks,
    LockOf: _lock,
}


@dataclass(slots=True)
class CaseState:
    """Answers each question once. See `careengine.model.state.State`. `told` is the case as it is written."""

    entries: Sequence[Entry]
    told: Mapping[str, Any] = field(default_factory=dict)
    used: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: Question) -> Any:
        """The answer, or None when a rule test does not say."""
        answer = ANSWERS.get(type(question))
        if answer is not None and question.key not in self.used:
            self.used[question.key] = answer(self, question)
        return self.used.get(question.key)
