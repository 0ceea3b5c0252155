"""The message that goes with an offer, written anew where a person changed the amount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.propose import letters
from careengine.messages import write
from careengine.model.facts import Facts
from careengine.model.value import Money
from careengine.store import decisions

if TYPE_CHECKING:
    from careengine.decide.letter import Letter
    from careengine.people.deciding import Deciding

_GONE = "the policy that had it written is not there any more"


def rewritten(deciding: Deciding, amount: str) -> dict[str, Any]:
    """The params of the message for another amount, none where there is no message.

    Where it cannot be written, it is left out with the reason: a message never names an amount that nobody agreed to.
    """
    params = deciding.task.document["params"]
    if "message" not in params:
        return {}
    found = _letter(deciding)
    if found is None:
        return {"message": None, "message_needs": _GONE}
    letter, facts = found
    written = write(letter.message, facts.fields, {**letter.params, "offer.amount": Money.parse(amount)})
    if written.text is None:
        return {"message": None, "message_needs": written.why}
    return {"message": written.text, "message_needs": None, "locale": written.locale}


def _letter(deciding: Deciding) -> tuple[Letter, Facts] | None:
    document, pipeline = deciding.task.document, deciding.pipeline
    kept = decisions.get(deciding.transaction, deciding.tenant, document["decision"])
    policy = pipeline.policies().get(deciding.task.policy)
    if kept is None or policy is None:
        return None
    facts = Facts.from_snapshot(kept.facts, pipeline.reader.catalogue)
    rows = {match.get("row") or 0 for match in kept.decision["matched"] if match["policy"] == policy.id}
    found = (wish for row, wish in letters(policy, facts) if row in rows and wish.type == document["type"])
    return next(((wish.letter, facts) for wish in found if wish.letter is not None), None)
