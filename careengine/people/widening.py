"""An approval that grants more than the rule asked for: the limits and budgets are asked again, and who they name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.decide.terms import due_at
from careengine.errors import PayloadError, PayloadProblem
from careengine.model.value import Money
from careengine.people.room import beyond
from careengine.pipeline.raising import amount_of
from careengine.store import decisions, tasks
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.people.deciding import Deciding
    from careengine.people.room import Beyond
    from careengine.store.tasks import Task

YES = ("approved", "amended")


def granted(deciding: Deciding) -> Money | None:
    """The amount that a yes would grant; None when it is open. Raises PayloadError for another currency, or nothing."""
    asked, said = amount_of(deciding.task), deciding.given.get("amount")
    wanted = Money.parse(said) if said else asked
    if asked and wanted and wanted.currency != asked.currency:
        message = f"expected an amount in {asked.currency}, as it was asked for ({asked})"
        raise PayloadError([PayloadProblem(pointer="/amount", message=message)])
    if said and wanted and not wanted.amount:
        raise PayloadError([PayloadProblem(pointer="/amount", message="an offer of nothing is none: `decline` it")])
    return wanted


def too_much(deciding: Deciding, amount: Money) -> Sequence[Beyond]:
    """The limits and budgets that an amount goes beyond; of no more than the rule asked for they spoke before."""
    kept = decisions.get(deciding.transaction, deciding.tenant, str(deciding.task.document.get("decision")))
    actions = kept.decision["actions"] if kept else ()
    rule = next((one["params"].get("amount") for one in actions if one["id"] == deciding.action), None)
    return beyond(deciding, amount) if rule is None or amount.amount > Money.parse(rule).amount else ()


def pass_on(deciding: Deciding, amount: Money, over: Sequence[Beyond], others: Sequence[Task]) -> bool:
    """Ask the role that a limit names, unless it agreed to so much or is asked anyway; False when all did."""
    agreed = set(_agreed(deciding, amount, others))
    for one in over:
        role = one.limit.over.to
        if role in agreed or deciding.by.fills(role):
            continue
        within, task = one.limit.over.within, deciding.task
        due = due_at(deciding.now, within, None, deciding.pipeline.policies()) if within else None
        asked_by = list(dict.fromkeys([*task.document.get("asked_by", ()), one.policy.id]))
        asks = f"{task.document['asks']}; {role} decides: {one.why}"
        deciding.moved = replace(
            task, role=role, due_at=due, document={**task.document, "asked_by": asked_by, "asks": asks}
        )
        return True
    return False


def show_amount(deciding: Deciding, amount: Money, others: Sequence[Task]) -> None:
    """Those who are still asked see, and agree to, the amount that it is now."""
    for one in others:
        if one.state == OPEN and amount_of(one) != amount:
            document = with_amount(one.document, str(amount), deciding.task.role)
            tasks.move(
                deciding.transaction,
                deciding.tenant,
                one.id,
                role=one.role,
                due_at=one.due_at,
                document=document,
                now=deciding.now,
            )


def with_amount(document: Mapping[str, Any], amount: str, role: str) -> dict[str, Any]:
    """The document of a task in which another amount is asked for, as its question says, too."""
    params = {**document["params"], "amount": amount}
    return {**document, "params": params, "asks": f"{document['asks']}; {role} wants {amount} instead"}


def _agreed(deciding: Deciding, amount: Money, others: Sequence[Task]) -> Iterator[str]:
    """The roles that said yes to so much, and those that are still to say it."""
    for one in deciding.task.document.get("said", ()):
        so_much = one.get("amount")
        if so_much and Money.parse(so_much).amount >= amount.amount:
            yield one["role"]
    for other in others:
        given = other.document.get("decided", {}).get("amount")
        so_much = Money.parse(given) if given else amount_of(other)
        if other.state == OPEN or (other.state in YES and so_much is not None and so_much.amount >= amount.amount):
            yield other.role
