"""Keeps recognitions: as many nominations of each employee as the policy says, reserved with the decision.

The nominations of all recognitions count: an employee is one, however many policies praise them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.contact_cap import acting_at
from careengine.model.policy import RECOGNITION
from careengine.model.usage import Usage, Used
from careengine.model.value import say_duration, shifted

if TYPE_CHECKING:
    from careengine.decide.restrain import Held
    from careengine.model.policy import Policy
    from careengine.model.recognition import Recognition


def keep_recognition(policy: Policy, held: Held) -> None:
    """Reserve room for a nomination, or withhold it where there is none."""
    recognition: Recognition = policy.outcome  # type: ignore[assignment]  # the reader of this kind made it
    for stands in held.wishes("nominate"):
        if stands[0].policy.id != policy.id:
            continue
        scope = f"employee:{stands[0].params['employee']}"
        count = _nominations(scope, recognition, held)
        if count < recognition.at_most:
            held.reserve(policy, stands, scope, period="", amount=None, until=None)
            continue
        often = f"{count} of {recognition.at_most} nominations within {say_duration(recognition.within)}"
        held.withhold(policy, stands[0], f"the employee has {often} already")


def _nominations(scope: str, recognition: Recognition, held: Held) -> int:
    """How many there are, as far as it is known."""
    now = acting_at(held.facts)
    since, until = shifted(now, -recognition.within), shifted(now, recognition.within)
    asked = (
        Used(policy=policy.id, scope=scope, as_of=now, since=since, until=until, whole=False)
        for policy in held.policies.of_kind(RECOGNITION)
    )
    found = (Usage.of(held.facts.state.ask(one)) for one in asked)
    return sum(usage.count for usage in found if usage)
