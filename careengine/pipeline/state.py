"""How things stand beside the event and its history, asked of the store inside the transaction of the decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.decide import decide
from careengine.model.contact_state import ConsentKnown, ContactsMade, Now, StandingKnown
from careengine.model.ownership import LockOf
from careengine.model.resting import ActedAround
from careengine.model.restrictions import CARE_FIRST_FOR, CareAskedFor, Restrictions, VulnerabilityKnown
from careengine.model.standard import ClockOf, OpenClocks
from careengine.model.usage import Used
from careengine.model.value import say_instant
from careengine.model.waiting import Asked, OpenReview
from careengine.pipeline.asking import answer_open_review
from careengine.pipeline.clocks import answer_clock, answer_open
from careengine.pipeline.due_process import restrictions_of
from careengine.pipeline.known import (
    acted_around,
    care_asked_for,
    consent_known,
    contacts_made,
    standing_known,
    vulnerability_known,
)
from careengine.pipeline.ownership import answer_lock
from careengine.pipeline.raising import answer_asked
from careengine.pipeline.usage import answer_used, usage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from careengine.decide.guard import Guard
    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet
    from careengine.model.state import Question
    from careengine.model.usage import Usage

# Who answers each type of question, as JSON values, from the tables of a tenant.
ANSWERS: Mapping[type, Callable[[Connection, str, Any], Any]] = {
    ConsentKnown: consent_known,
    ContactsMade: contacts_made,
    StandingKnown: standing_known,
    Used: answer_used,
    Restrictions: restrictions_of,
    VulnerabilityKnown: vulnerability_known,
    Asked: answer_asked,
    OpenReview: answer_open_review,
    ClockOf: answer_clock,
    OpenClocks: answer_open,
    LockOf: answer_lock,
    ActedAround: acted_around,
}


@dataclass(slots=True)
class StoredState:
    """Answers from the tables of one tenant, each question once. See `careengine.model.state.State`.

    `before` tells what is taken of limits beside what is kept: by what came with the event, and is kept with it.
    `care_first_for` is how long care comes first after words that ask for it.
    """

    reader: Connection
    tenant: str
    now: datetime
    care_first_for: timedelta = CARE_FIRST_FOR
    before: Callable[[Used], Usage] | None = None
    used: dict[str, Any] = field(default_factory=dict)
    trouble: Exception | None = None

    def ask(self, question: Question) -> Any:
        """The answer, as it stands in this transaction; unknown where nobody keeps what is asked."""
        if question.key not in self.used:
            try:
                self.used[question.key] = self._answer(question)
            except Exception as error:
                self.trouble = self.trouble or error
                raise
        return self.used[question.key]

    def _answer(self, question: Question) -> Any:
        if isinstance(question, Now):
            return say_instant(self.now)
        if isinstance(question, CareAskedFor):
            return care_asked_for(self.reader, self.tenant, question, self.care_first_for)
        if isinstance(question, Used) and self.before is not None:
            return (usage_of(self.reader, self.tenant, question) + self.before(question)).to_json()
        answer = ANSWERS.get(type(question))
        return None if answer is None else answer(self.reader, self.tenant, question)


def decide_live(facts: Facts, policies: PolicySet, guards: Sequence[Guard]) -> Decision:
    """`decide` on what is asked of the store meanwhile.

    A store that does not answer is no policy's fault: what it reported is raised, and nothing is decided.
    """
    decision = decide(facts, policies, guards)
    if isinstance(facts.state, StoredState) and facts.state.trouble is not None:
        raise facts.state.trouble
    return decision
