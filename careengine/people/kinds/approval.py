"""An approval: something that a policy asks for and a person has to agree to, such as an offer above the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.currency import PAYABLE
from careengine.model.history import OFFERS
from careengine.model.value import Money
from careengine.people.kind import Choice, Given, Kind
from careengine.people.knowing import check_second
from careengine.people.recheck import changed
from careengine.people.rewriting import rewritten
from careengine.people.widening import granted, pass_on, show_amount, too_much
from careengine.store import tasks
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.people.deciding import Deciding
    from careengine.store.tasks import Task

_OPEN = "the amount is open: `amend` it with one"
MONEY = {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,4})? [A-Z]{3}$", "description": "The amount instead."}


def _approve(deciding: Deciding) -> None:
    """The last yes lets it happen; until then the others are still asked. What they may not give goes up."""
    others = list(_others(deciding))
    check_second(deciding.task, deciding.by, others)
    if _is_offer(deciding.task):
        wanted = granted(deciding)
        if wanted is None:
            raise PayloadError([PayloadProblem(pointer="/outcome", message=_OPEN)])
        over = too_much(deciding, wanted)
        if deciding.hand_on(wanted) or pass_on(deciding, wanted, over, others):
            return
        deciding.beyond = [(one.policy.id, one.scope) for one in over]
        show_amount(deciding, wanted, others)
    if any(other.state == OPEN for other in others):
        return
    amount = deciding.given.get("amount") or _raised(deciding.task) or _amended(others)
    other = {"amount": amount, **rewritten(deciding, amount)} if amount else {}
    if deciding.do(**other) and _is_offer(deciding.task):
        money = Money.parse(amount) if amount else None
        deciding.remember(kind=OFFERS, ref=str(deciding.action), status="offered", amount=money)


def _decline(deciding: Deciding) -> None:
    """One no is enough: the others need not say anything."""
    for other in _others(deciding):
        if other.state == OPEN:
            deciding.withdraw(other)
    if deciding.let_be() and _is_offer(deciding.task):
        deciding.remember(kind=OFFERS, ref=str(deciding.action), status="declined")


def _others(deciding: Deciding) -> Iterator[Task]:
    event = deciding.task.event
    same = [] if event is None else tasks.of_event(deciding.transaction, deciding.tenant, event, deciding.task.kind)
    return (one for one in same if one.id != deciding.task.id and one.document["action"] == deciding.action)


def _payable(text: str) -> str:
    """Money with no more digits than it needs: it is said to the customer, and compared as text."""
    return str(Money.parse(text).payable())


def _amended(others: Sequence[Task]) -> str | None:
    """The amount that another approver set before."""
    said = [one.document.get("decided", {}).get("amount") for one in others]
    return next((amount for amount in reversed(said) if amount), None)


def _raised(task: Task) -> str | None:
    """The amount that somebody below asked for instead."""
    said = [one.get("amount") for one in task.document.get("said", ())]
    return next((amount for amount in reversed(said) if amount), None)


def _is_offer(task: Task) -> bool:
    return bool(task.document["type"] == "offer")


APPROVAL = Kind(
    name="approval",
    names="approvals",
    says="Something that a policy asks for happens only with a person's yes. Where several roles are asked, all agree, "
    "each of them another person.",
    choices=(
        Choice(name="approve", state="approved", says="let it happen", follows=_approve, acts=True),
        Choice(name="decline", state="declined", says="let it be", follows=_decline),
        Choice(
            name="amend",
            state="amended",
            says="let it happen with another amount",
            follows=_approve,
            takes={"amount": Given(schema=MONEY, expected=PAYABLE, read=_payable, plain=True)},
            acts=True,
        ),
    ),
    changed=changed,
)
