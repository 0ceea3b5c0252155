"""What a rule's owner is asked: after a review of the rule, or after an exception that somebody escalated.

Such a question closes only with something to show for it: the rule amended, its playbook updated, or the reason why
all stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import PayloadError, PayloadProblem
from careengine.people.kind import Choice, Given, Kind
from careengine.pipeline.watching import EXCEPTION, RULE_REVIEW, reading_of

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding

_PAGE = {
    "type": "string",
    "minLength": 1,
    "maxLength": 300,
    "description": "The page of the playbook that says it now.",
}


def _amended(deciding: Deciding) -> None:
    """The rule reads otherwise than when it was asked about, or is there no more."""
    policy = deciding.pipeline.policies().get(deciding.task.policy)
    if policy is not None and reading_of(policy) == deciding.task.document.get("rule"):
        message = f"expected another answer: `{policy.id}` reads as it did when this was opened; amend it first"
        raise PayloadError([PayloadProblem(pointer="/outcome", message=message)])


_CHOICES = (
    Choice(name="amend", state="amended", says="the rule was amended, and the new one is in force", follows=_amended),
    Choice(
        name="update_playbook",
        state="playbook_updated",
        says="the rule stays, and the playbook now says what to do",
        takes={"playbook": Given(schema=_PAGE, expected="the page of the playbook, such as `recovery/late-parcels`")},
    ),
    Choice(name="decline", state="declined", says="all stays as it is, for this reason"),
)

RULE_REVIEW_KIND = Kind(
    name=RULE_REVIEW,
    names="rule-reviews",
    says="A rule that people work around, that always gets its yes, or never matches: its owner says what follows.",
    choices=_CHOICES,
)
EXCEPTION_KIND = Kind(
    name=EXCEPTION,
    names="exceptions",
    says="A case in which somebody did otherwise than a rule says, escalated: the rule's owner says what follows.",
    choices=_CHOICES,
)
