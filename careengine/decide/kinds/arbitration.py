"""An arbitration, said in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.arbitration import ADD, BEST, MAX
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.arbitration import Arbitration
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy

_HOW = {MAX: "make the largest one", BEST: "make the first one in order", ADD: "make all of them"}
_MANY = {"goodwill": "goodwill offers", "gesture": "gestures"}
SAID = {
    "priority": "the policy's priority",
    "severity_fit": "whether the policy looks at how severe the failure is",
    "choice": "the customer's choice",
    "cost": "the lower cost",
    "id": "the policy's id",
}


def doings(_: Policy, arbitration: Arbitration, __: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    yield "all that is owed adds up"
    for family, how in arbitration.families.items():
        yield f"of several {_MANY[family]}, {_HOW[how]}"
    for group in arbitration.exclusive:
        yield f"of {', '.join(group)}, make one"
    if arbitration.pick is not None:
        many = "offer that is not owed" if arbitration.pick == 1 else "offers that are not owed"
        yield f"make at most {arbitration.pick} {many}"
    yield f"what goes first is told by {', then '.join(SAID[name] for name in arbitration.order)}"
    if arbitration.no_selling is not None:
        within = say_duration(arbitration.no_selling)
        yield f"sell nobody anything while a failure of theirs within {within} is not put right"
